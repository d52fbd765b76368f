-- For wrk: every response must be whole and of one build of `twin`. What the upstream saw of the request, the response's field and
-- the end of its body name it; a connection must not be closed by the gateway. The last line it prints is JSON.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init()
  wrong, closing, sample = 0, 0, ""
end

function response(status, headers, body)
  local build
  for name, value in pairs(headers) do
    local lower = name:lower()
    if lower == "x-build" then build = value end
    if lower == "connection" and value:lower() == "close" then closing = closing + 1 end
  end
  local saw, last = body:match("^([^|]*)|(.*)$")
  if status ~= 200 or not build or saw ~= build or last ~= build then
    wrong = wrong + 1
    sample = status .. " " .. tostring(build) .. " " .. body:sub(1, 60):gsub("[^%w|%-]", "?")
  end
end

function done(summary, latency)
  local total = {wrong = 0, closing = 0, sample = ""}
  for _, thread in ipairs(threads) do
    total.wrong = total.wrong + thread:get("wrong")
    total.closing = total.closing + thread:get("closing")
    if thread:get("sample") ~= "" then total.sample = thread:get("sample") end
  end
  local errors = summary.errors
  print(string.format(
    '{"requests": %d, "wrong": %d, "closing": %d, "sample": "%s", "connect": %d, "read": %d, "write": %d, "status": %d, '
      .. '"timeout": %d, "p50": %d, "p99": %d, "max": %d}',
    summary.requests, total.wrong, total.closing, total.sample, errors.connect, errors.read, errors.write, errors.status,
    errors.timeout, latency:percentile(50), latency:percentile(99), latency.max))
end
