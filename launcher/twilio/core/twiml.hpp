// The answer to Twilio's voice webhook.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::twilio {

// TwiML that connects the call to a bidirectional media stream at `url` (ws or wss). Each parameter
// comes back in the stream's start message. Twilio refuses a parameter whose name and value
// together have 500 characters or more: such a one is left out.
std::string connect_stream(std::string_view url,
                           const std::vector<std::pair<std::string, std::string>>& parameters);

// TwiML that refuses the call: the caller hears the busy signal, and it costs nothing.
std::string reject_busy();
// The same for a number that nobody answers: the caller hears that it is not in service.
std::string reject_unknown();

// "ws://host:port/path" for "http://host:port", "wss://..." for "https://..."; a path of the base
// is kept. "" when `base` is no http or https URL, has a query or a fragment (Twilio does not
// deliver them), or characters that no URL has.
std::string media_url(std::string_view base, std::string_view path);

}  // namespace jackfield::twilio
