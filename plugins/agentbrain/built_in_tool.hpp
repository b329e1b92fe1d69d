// A function that the agent carries out itself, in place of a server of tools or the application:
// thinking, remembering. The model calls it like any other (docs/tools.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mcp_session.hpp"
#include "tools_file.hpp"

namespace agentbrain {

class BuiltInTool {
 public:
  using Done = std::function<void(tools::CallOutcome outcome, const std::string& text)>;

  virtual ~BuiltInTool() = default;
  // The same for the object's life.
  virtual tools::FunctionSettings definition() const = 0;
  // The arguments fit the schema. Never blocks; any thread. `done` may be called from any thread,
  // and within start(); after `timeout` ns, or cancel(), nobody heeds it any more. It keeps nothing
  // alive.
  virtual void start(std::uint64_t run, const std::string& arguments, std::uint64_t timeout,
                     Done done) = 0;
  virtual void cancel(std::uint64_t run) = 0;
};

using BuiltInTools = std::vector<std::shared_ptr<BuiltInTool>>;

}  // namespace agentbrain
