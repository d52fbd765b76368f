/// The JSON Schema of `config`: Kong's `ai-proxy` (Gateway 3.15) with its defaults, and `translation`. The host checks
/// against it and fills in defaults; what it cannot say is checked by ``ConfigurationReader``.
///
/// `x-secret` marks values that are never shown, `x-referenceable` those that may be vault references.
public enum ConfigurationSchema {
  /// The schema's text.
  public static let text: StaticString = """
    {
      "type": "object",
      "required": ["route_type", "model"],
      "additionalProperties": false,
      "properties": {
        "route_type": {
          "type": "string",
          "enum": ["llm/v1/chat", "llm/v1/completions", "llm/v1/embeddings", "llm/v1/responses", "llm/v1/assistants",
            "llm/v1/batches", "llm/v1/files", "audio/v1/audio/speech", "audio/v1/audio/transcriptions",
            "audio/v1/audio/translations", "image/v1/images/generations", "image/v1/images/edits",
            "video/v1/videos/generations", "realtime/v1/realtime", "preserve"],
          "description": "The kind of call that the route serves."
        },
        "llm_format": {
          "type": "string", "default": "openai",
          "enum": ["openai", "anthropic", "bedrock", "cohere", "gemini", "huggingface"],
          "description": "The format that clients speak."
        },
        "genai_category": {
          "type": "string", "default": "text/generation",
          "enum": ["text/generation", "text/embeddings", "audio/speech", "audio/transcription", "image/generation",
            "video/generation"]
        },
        "response_streaming": {
          "type": "string", "default": "allow", "enum": ["allow", "deny", "always"],
          "description": "Whether answers may, may not or must be streamed."
        },
        "max_request_body_size": {
          "type": "integer", "default": 33554432, "minimum": 0,
          "description": "The largest request body taken, in bytes; 0 for any."
        },
        "model_name_header": {
          "type": "boolean", "default": true, "description": "Whether responses carry X-Kong-LLM-Model."
        },
        "logging": {
          "type": "object", "default": {}, "additionalProperties": false,
          "properties": {
            "log_statistics": {"type": "boolean", "default": false},
            "log_payloads": {"type": "boolean", "default": false}
          }
        },
        "auth": {
          "type": "object", "default": {}, "additionalProperties": false,
          "properties": {
            "header_name": {"type": "string", "x-referenceable": true},
            "header_value": {"type": "string", "x-referenceable": true, "x-secret": true},
            "param_name": {"type": "string", "x-referenceable": true},
            "param_value": {"type": "string", "x-referenceable": true, "x-secret": true},
            "param_location": {"type": "string", "enum": ["query", "body"]},
            "allow_override": {"type": "boolean", "default": false},
            "azure_use_managed_identity": {"type": "boolean", "default": false},
            "azure_client_id": {"type": "string", "x-referenceable": true},
            "azure_client_secret": {"type": "string", "x-referenceable": true, "x-secret": true},
            "azure_tenant_id": {"type": "string", "x-referenceable": true},
            "gcp_use_service_account": {"type": "boolean", "default": false},
            "gcp_service_account_json": {"type": "string", "x-referenceable": true, "x-secret": true},
            "gcp_metadata_url": {"type": "string", "x-referenceable": true},
            "gcp_oauth_token_url": {"type": "string", "x-referenceable": true},
            "aws_access_key_id": {"type": "string", "x-referenceable": true, "x-secret": true},
            "aws_secret_access_key": {"type": "string", "x-referenceable": true, "x-secret": true}
          }
        },
        "model": {
          "type": "object", "required": ["provider"], "additionalProperties": false,
          "properties": {
            "provider": {
              "type": "string",
              "enum": ["anthropic", "azure", "bedrock", "cerebras", "cohere", "dashscope", "databricks", "deepseek",
                "gemini", "huggingface", "llama2", "mistral", "ollama", "openai", "vllm", "xai"]
            },
            "name": {"type": "string"},
            "model_alias": {
              "type": "string",
              "description": "Another name by which requests may ask for the model; * stands for any characters."
            },
            "options": {
              "type": "object", "default": {}, "additionalProperties": false,
              "properties": {
                "max_tokens": {"type": "integer", "minimum": 1},
                "temperature": {"type": "number", "minimum": 0, "maximum": 5},
                "top_p": {"type": "number", "minimum": 0, "maximum": 1},
                "top_k": {"type": "integer", "minimum": 0, "maximum": 500},
                "input_cost": {"type": "number", "minimum": 0},
                "output_cost": {"type": "number", "minimum": 0},
                "cache_read_cost": {"type": "number", "minimum": 0},
                "cache_write_cost": {"type": "number", "minimum": 0},
                "cache_write_cost_list": {
                  "type": "array",
                  "items": {
                    "type": "object", "required": ["ttl", "cost"], "additionalProperties": false,
                    "properties": {"ttl": {"type": "string"}, "cost": {"type": "number"}}
                  }
                },
                "context_window_factor": {
                  "type": "array",
                  "items": {
                    "type": "object", "required": ["above", "input_factor", "output_factor"],
                    "additionalProperties": false,
                    "properties": {
                      "above": {"type": "string"}, "input_factor": {"type": "number"},
                      "output_factor": {"type": "number"}
                    }
                  }
                },
                "service_tier_factor": {
                  "type": "array",
                  "items": {
                    "type": "object", "required": ["tier", "factor"], "additionalProperties": false,
                    "properties": {"tier": {"type": "string", "minLength": 1}, "factor": {"type": "number"}}
                  }
                },
                "embeddings_dimensions": {"type": "integer", "minimum": 1},
                "upstream_url": {"type": "string"},
                "upstream_path": {"type": "string"},
                "anthropic_version": {"type": "string"},
                "azure_instance": {"type": "string"},
                "azure_deployment_id": {"type": "string"},
                "azure_api_version": {"type": "string", "default": "2023-05-15"},
                "llama2_format": {"type": "string", "enum": ["raw", "openai", "ollama"]},
                "mistral_format": {"type": "string", "enum": ["openai", "ollama"]},
                "dashscope": {
                  "type": "object", "default": {}, "additionalProperties": false,
                  "properties": {
                    "international": {
                      "type": "boolean", "default": true, "description": "Use dashscope-intl.aliyuncs.com."
                    },
                    "region": {
                      "type": "string", "enum": ["international", "mainland", "us", "hongkong", "finance"],
                      "description": "Which of DashScope's hosts; wins over international. Not in Kong."
                    }
                  }
                },
                "databricks": {
                  "type": "object", "additionalProperties": false,
                  "properties": {"workspace_instance_id": {"type": "string"}}
                },
                "gemini": {
                  "type": "object", "additionalProperties": false,
                  "properties": {
                    "api_endpoint": {"type": "string"}, "project_id": {"type": "string"},
                    "location_id": {"type": "string"}, "endpoint_id": {"type": "string"}
                  }
                },
                "bedrock": {
                  "type": "object", "additionalProperties": false,
                  "properties": {
                    "aws_region": {"type": "string"}, "aws_assume_role_arn": {"type": "string"},
                    "aws_role_session_name": {"type": "string"}, "aws_sts_endpoint_url": {"type": "string"},
                    "performance_config_latency": {"type": "string"}, "video_output_s3_uri": {"type": "string"},
                    "batch_bucket_prefix": {"type": "string"}, "batch_role_arn": {"type": "string"},
                    "embeddings_normalize": {"type": "boolean", "default": false}
                  }
                },
                "cohere": {
                  "type": "object", "additionalProperties": false,
                  "properties": {
                    "embedding_input_type": {
                      "type": "string", "default": "classification",
                      "enum": ["classification", "clustering", "image", "search_document", "search_query"]
                    },
                    "wait_for_model": {"type": "boolean"}
                  }
                },
                "huggingface": {
                  "type": "object", "additionalProperties": false,
                  "properties": {"use_cache": {"type": "boolean"}, "wait_for_model": {"type": "boolean"}}
                }
              }
            }
          }
        },
        "translation": {
          "type": "object", "default": {}, "additionalProperties": false,
          "description": "How requests and answers are translated between formats; not in Kong.",
          "properties": {
            "thinking": {
              "type": "string", "default": "client", "enum": ["client", "on", "off"],
              "description": "Whether models that can think do: as the client says, always, never."
            },
            "preserve_thinking": {
              "type": "boolean", "default": false, "description": "Send earlier reasoning back to the model."
            },
            "web_search": {
              "type": "string", "default": "drop", "enum": ["drop", "enable_search"],
              "description": "What becomes of Anthropic's web_search tool."
            },
            "context_cache": {
              "type": "string", "default": "implicit", "enum": ["implicit", "explicit"],
              "description": "Whether cache_control goes to DashScope, which then caches what it marks, and nothing else."
            },
            "unsupported_content": {
              "type": "string", "default": "reject", "enum": ["reject", "placeholder"],
              "description": "What becomes of images and files that the model cannot take."
            },
            "missing_finish_reason": {
              "type": "string", "default": "error", "enum": ["error", "accept"],
              "description": "What a stream is that ends without saying why the model stopped."
            },
            "inline_thinking": {
              "type": "boolean", "default": false,
              "description": "Whether <think>…</think> at the beginning of an answer's text is reasoning."
            },
            "response_model": {
              "type": "string", "default": "upstream", "enum": ["upstream", "request"],
              "description": "Whose name for the model answers carry."
            },
            "ping_interval": {
              "type": "integer", "default": 10, "minimum": 0,
              "description": "Seconds of silence after which a stream gets a ping; 0: never."
            }
          }
        },
        "payloads": {
          "type": "object", "default": {}, "additionalProperties": false,
          "description": "How logging.log_payloads writes; not in Kong.",
          "properties": {
            "size_limit": {
              "type": "integer", "default": 1048576, "minimum": 0,
              "description": "The most bytes of a payload that are logged; 0: all."
            },
            "redact": {
              "type": "boolean", "default": true,
              "description": "Replace credentials, and the content of data URLs."
            }
          }
        },
        "telemetry": {
          "type": "object", "default": {}, "additionalProperties": false, "description": "Not in Kong.",
          "properties": {
            "log_attributes": {
              "type": "boolean", "default": false,
              "description": "Write OpenTelemetry's GenAI attributes to the log record, under gen_ai."
            }
          }
        },
        "resilience": {
          "type": "object", "default": {}, "additionalProperties": false,
          "description": "What happens when an upstream does not answer; not in Kong.",
          "properties": {
            "retries": {
              "type": "integer", "default": 0, "minimum": 0, "maximum": 10,
              "description": "Further attempts after the first, before any byte of an answer."
            },
            "retry_statuses": {
              "type": "array", "default": [429, 500, 502, 503, 504, 529],
              "items": {"type": "integer", "minimum": 400, "maximum": 599}
            },
            "backoff": {"type": "integer", "default": 200, "minimum": 0, "description": "Milliseconds, doubled each time."},
            "max_retry_after": {
              "type": "integer", "default": 5000, "minimum": 0,
              "description": "The longest Retry-After, in milliseconds, that is waited for."
            },
            "connect_timeout": {"type": "integer", "default": 0, "minimum": 0, "description": "Milliseconds; 0: the service's."},
            "first_token_timeout": {"type": "integer", "default": 0, "minimum": 0, "description": "Milliseconds."},
            "token_timeout": {"type": "integer", "default": 0, "minimum": 0, "description": "Milliseconds between tokens."},
            "concurrency": {
              "type": "integer", "default": 0, "minimum": 0,
              "description": "Calls at a time to one target, in one worker; 0: any number."
            },
            "failure_limit": {
              "type": "integer", "default": 3, "minimum": 0,
              "description": "Failures in a row after which a target rests; 0: never."
            },
            "rest_time": {"type": "integer", "default": 10000, "minimum": 0, "description": "Milliseconds that it rests."},
            "weight": {"type": "integer", "default": 100, "minimum": 0, "maximum": 65535},
            "targets": {
              "type": "array", "default": [], "description": "Other targets than model and auth.",
              "items": {
                "type": "object", "required": ["model"], "additionalProperties": false,
                "properties": {
                  "weight": {"type": "integer", "default": 100, "minimum": 0, "maximum": 65535},
                  "model": {
                    "type": "object", "required": ["provider"], "description": "As the model above.",
                    "properties": {"provider": {"type": "string"}, "options": {"type": "object"}}
                  },
                  "auth": {
                    "type": "object", "default": {}, "additionalProperties": false,
                    "properties": {
                      "header_name": {"type": "string", "x-referenceable": true},
                      "header_value": {"type": "string", "x-referenceable": true, "x-secret": true},
                      "param_name": {"type": "string", "x-referenceable": true},
                      "param_value": {"type": "string", "x-referenceable": true, "x-secret": true},
                      "param_location": {"type": "string", "enum": ["query", "body"]},
                      "allow_override": {"type": "boolean", "default": false}
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    """
}
