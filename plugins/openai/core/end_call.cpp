#include "end_call.hpp"

#include <algorithm>
#include <stdexcept>

namespace openai {

Tool end_call_tool() {
  return {.name = kEndCallName,
          .description =
              "Hangs up the telephone. Call it only when the caller has said goodbye or needs "
              "nothing more, and say goodbye in the same reply: it is heard to its end first.",
          .parameters = R"({"type":"object","properties":{}})"};
}

void add_end_call(std::vector<Tool>& tools) {
  const bool taken = std::any_of(tools.begin(), tools.end(),
                                 [](const Tool& tool) { return tool.name == kEndCallName; });
  if (taken) throw std::invalid_argument(kEndCallTaken);
  tools.push_back(end_call_tool());
}

}  // namespace openai
