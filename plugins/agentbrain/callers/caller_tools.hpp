// The functions by which a model writes down what it learns of the caller, and deletes it when the
// caller asks for that. docs/callers.md.
#pragma once

#include <functional>
#include <memory>

#include "built_in_tool.hpp"
#include "caller_memory.hpp"

namespace agentbrain {

// `memory` gives that of the conversation, null when nobody is known who could be remembered.
// `forgotten` is called once all is deleted. Any thread, both.
BuiltInTools make_caller_tools(std::function<std::shared_ptr<CallerMemory>()> memory,
                               std::function<void(const CallerMemory&)> forgotten);

}  // namespace agentbrain
