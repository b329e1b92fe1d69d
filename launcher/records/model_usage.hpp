// What the language models of a session were asked, for call.json: the sum of the messages
// "…/usage" (docs/events-and-messages.md), by model.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <map>
#include <string>

#include "records/message_json.hpp"

namespace jackfield {

class ModelUsage {
 public:
  // Any message; others than "…/usage" are nothing.
  void add(const GstStructure& message);
  // nullptr when there was none.
  JsonObjectPtr json() const;

 private:
  // By the name of a field; "requests" is how many messages came.
  using Sums = std::map<std::string, std::uint64_t>;
  std::map<std::string, Sums> models_;
};

}  // namespace jackfield
