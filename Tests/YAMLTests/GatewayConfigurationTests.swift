import JSON
import Testing
import YAML

@Suite("declarative gateway configurations, as their users write them")
struct GatewayConfigurationTests {
  private func json(_ yaml: String) throws -> String {
    try jsonText(YAML.parse(Array(yaml.utf8)))
  }

  @Test("a service with nested routes and a plugin whose header is an expression in plain text")
  func service() throws {
    let yaml = #"""
      _format_version: "3.0"
      services:
        - name: qwen
          url: http://127.0.0.1:32000
          routes:
          - name: qwen-chat
            paths:
            - "/qwen-chat"   # what clients call
            - ~/qwen/(?<model>[^/]+)$
            strip_path: true
            methods: [GET, POST]
          plugins:
            - name: ai-proxy
              config:
                route_type: llm/v1/chat
                auth:
                  header_name: Authorization
                  header_value: Bearer ${{ env "DECK_DASHSCOPE_API_KEY" }}
                model:
                  provider: dashscope
                  name: qwen-plus
                  options:
                    max_tokens: 512
                    temperature: 1.0
      """#
    #expect(
      try json(yaml)
        == #"{"_format_version": "3.0", "services": [{"name": "qwen", "url": "http://127.0.0.1:32000", "#
        + #""routes": [{"name": "qwen-chat", "paths": ["/qwen-chat", "~/qwen/(?<model>[^/]+)$"], "#
        + #""strip_path": true, "methods": ["GET", "POST"]}], "plugins": [{"name": "ai-proxy", "config": "#
        + #"{"route_type": "llm/v1/chat", "auth": {"header_name": "Authorization", "#
        + #""header_value": "Bearer ${{ env \"DECK_DASHSCOPE_API_KEY\" }}"}, "model": {"provider": "dashscope", "#
        + #""name": "qwen-plus", "options": {"max_tokens": 512, "temperature": 1.0}}}}]}]}"#)
  }

  @Test("plugins in every quoting of expressions, at the top, with comments and empty values")
  func plugins() throws {
    let yaml = #"""
      ---
      # Global plugins
      _format_version: '3.0'
      _info: {select_tags: [ai], defaults: {}}
      plugins:

      - name: ai-proxy
        enabled: yes
        config:
          auth:
            header_value: "Bearer ${{ env \"DECK_API_KEY\" }}"
            param_value: '{vault://env/api-key}'
            param_name:
          model:
            name: ${{ env "DECK_MODEL" }}
            options: { upstream_url: "http://localhost:8080/v1", input_cost: .5 }
      - config: {path: /dev/stdout}
        name: file-log
      """#
    #expect(
      try json(yaml)
        == #"{"_format_version": "3.0", "_info": {"select_tags": ["ai"], "defaults": {}}, "plugins": [{"#
        + #""name": "ai-proxy", "enabled": "yes", "config": {"auth": {"header_value": "#
        + #""Bearer ${{ env \"DECK_API_KEY\" }}", "param_value": "{vault://env/api-key}", "param_name": null}, "#
        + #""model": {"name": "${{ env \"DECK_MODEL\" }}", "options": {"#
        + #""upstream_url": "http://localhost:8080/v1", "input_cost": 0.5}}}}, "#
        + #"{"config": {"path": "/dev/stdout"}, "name": "file-log"}]}"#)
  }

  @Test("anchors, merge keys and text over lines")
  func anchors() throws {
    let yaml = #"""
      _format_version: "3.0"
      x-proxy: &proxy
        route_type: "llm/v1/chat"
        logging: &logging {log_payloads: false, log_statistics: true}
      services:
      - name: a
        host: a.example
        plugins:
        - name: ai-proxy
          config:
            <<: *proxy
            logging:
              <<: *logging
              log_payloads: true
        - name: ai-prompt-decorator
          config:
            prompts:
              prepend:
              - role: system
                content: |
                  You are a helper.
                    - Answer in JSON: {"a": 1}
              - role: user
                content: >-
                  one
                  line

                  two lines
        certificate: "-----BEGIN CERTIFICATE-----\nMIIB\n\
          -----END CERTIFICATE-----"
      """#
    #expect(
      try json(yaml)
        == #"{"_format_version": "3.0", "x-proxy": {"route_type": "llm/v1/chat", "logging": {"log_payloads": false, "#
        + #""log_statistics": true}}, "services": [{"name": "a", "host": "a.example", "plugins": [{"#
        + #""name": "ai-proxy", "config": {"logging": {"log_payloads": true, "log_statistics": true}, "#
        + #""route_type": "llm/v1/chat"}}, {"name": "ai-prompt-decorator", "config": {"prompts": {"prepend": [{"#
        + #""role": "system", "content": "You are a helper.\n  - Answer in JSON: {\"a\": 1}\n"}, {"role": "user", "#
        + #""content": "one line\ntwo lines"}]}}}], "#
        + #""certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"}]}"#)
  }
}
