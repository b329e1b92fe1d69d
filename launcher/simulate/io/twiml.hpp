// What a voice webhook answers. Only <Connect><Stream> leads to a call here; every other verb of
// TwiML is named in an error, because the simulator would not do what Twilio does.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::simulate {

struct StreamVerb {
  std::string url;
  std::string name;
  std::string status_callback;
  bool status_callback_get = false;
  std::vector<std::pair<std::string, std::string>> parameters;
};

struct TwimlResult {
  StreamVerb stream;
  std::string error;  // empty: `stream` is set
};

TwimlResult parse_twiml(std::string_view text);

}  // namespace jackfield::simulate
