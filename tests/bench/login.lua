-- SPDX-License-Identifier: Apache-2.0
-- wrk signs users in again and again, one connection a thread: authorize, the flow, username and password, resume,
-- the code for a token. wrk ... URL -- HOST ENVIRONMENT APPLICATION BASIC SCOPE PASSWORD PREFIX USERS
-- Users are called PREFIX1, PREFIX2, ...
local ffi = require("ffi")
ffi.cdef [[ struct bench_time { long s, ns; }; int clock_gettime(int, struct bench_time *); ]]

local threads = {}
local step, flow, cookie, code, begun = 1, nil, nil, nil, 0
logins, failures, times = 0, 0, ""

local function now_us()
   local t = ffi.new("struct bench_time")
   ffi.C.clock_gettime(1, t)
   return tonumber(t.s) * 1e6 + tonumber(t.ns) / 1e3
end

function setup(thread)
   thread:set("number", #threads)
   threads[#threads + 1] = thread
end

function init(args)
   host, environment, application, basic, scope, password, prefix, users = unpack(args)
   user = prefix .. (number % tonumber(users) + 1)
end

local function send(method, path, headers, body)
   return string.format("%s /%s%s HTTP/1.1\r\nHost: %s\r\n%s%s\r\n%s", method, environment, path, host, headers,
      body and "Content-Length: " .. #body .. "\r\n" or "", body or "")
end

local steps = {
   function()
      begun = now_us()
      return send("GET", "/as/authorize?response_type=code&client_id=" .. application ..
         "&redirect_uri=https%3A%2F%2Fclient.example%2Fcb&scope=" .. scope, "")
   end,
   function()
      return send("GET", "/flows/" .. flow, "")
   end,
   function()
      return send("POST", "/flows/" .. flow,
         "Content-Type: application/vnd.pingidentity.usernamePassword.check+json\r\n",
         string.format('{"username":"%s","password":"%s"}', user, password))
   end,
   function()
      return send("GET", "/as/resume?flowId=" .. flow, "Cookie: " .. cookie .. "\r\n")
   end,
   function()
      return send("POST", "/as/token",
         "Content-Type: application/x-www-form-urlencoded\r\nAuthorization: Basic " .. basic .. "\r\n",
         "grant_type=authorization_code&redirect_uri=https%3A%2F%2Fclient.example%2Fcb&code=" .. code)
   end,
}

-- What each step needs from the answer before it. nil: it failed.
local answers = {
   function(status, headers)
      flow = (headers["Location"] or ""):match("flowId=([%w-]+)")
      return status == 302 and flow
   end,
   function(status)
      return status == 200
   end,
   function(status, headers, body)
      cookie = (headers["Set-Cookie"] or ""):match("ST=[^;]+")
      return status == 200 and cookie and body:find("COMPLETED", 1, true)
   end,
   function(status, headers)
      code = (headers["Location"] or ""):match("code=([^&]+)")
      return status == 302 and code
   end,
   function(status, headers, body)
      return status == 200 and body:find("access_token", 1, true)
   end,
}

function request()
   return steps[step]()
end

function response(status, headers, body)
   if not answers[step](status, headers, body) then
      failures, step = failures + 1, 1
   elseif step == #steps then
      logins, step = logins + 1, 1
      times = times .. math.floor(now_us() - begun) .. ","
   else
      step = step + 1
   end
end

function done(summary)
   local all, count, failed = {}, 0, 0
   for _, thread in ipairs(threads) do
      count, failed = count + thread:get("logins"), failed + thread:get("failures")
      for t in thread:get("times"):gmatch("%d+") do
         all[#all + 1] = tonumber(t)
      end
   end
   table.sort(all)
   local e = summary.errors
   print(string.format("RESULT %d %d %d %d %d", count, summary.duration, all[math.ceil(#all / 2)] or 0,
      all[math.ceil(#all * 0.99)] or 0, failed + e.connect + e.read + e.write + e.timeout))
end
