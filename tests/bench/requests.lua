-- SPDX-License-Identifier: Apache-2.0
-- wrk sends requests of a file in random order: wrk ... URL -- FILE. In the file each request stands behind a line
-- with its length; "@@@@@@@@@@@@@@@@" in it becomes a text that is never the same again.
local threads = 0
local requests, fresh, count = {}, false, 0

function setup(thread)
   thread:set("number", threads)
   threads = threads + 1
end

function init(args)
   local file = assert(io.open(args[1], "rb"))
   local length = file:read("*n", "*l")
   while length do
      requests[#requests + 1] = file:read(length)
      length = file:read("*n", "*l")
   end
   file:close()
   fresh = requests[1]:find("@@@@@@@@@@@@@@@@", 1, true)
   math.randomseed(os.time() + number)
end

function request()
   local text = requests[math.random(#requests)]
   if not fresh then
      return text
   end
   count = count + 1
   return (text:gsub("@@@@@@@@@@@@@@@@", string.format("%07x%02d%07d", os.time() % 0x10000000, number, count)))
end

function done(summary, latency)
   local e = summary.errors
   print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
      latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
