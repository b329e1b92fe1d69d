#pragma once

namespace agentbrain::tools {

// How a call of a tool ended.
enum class CallOutcome {
  kOk,
  kError,        // the tool says that it failed
  kTimeOut,      // no answer in time
  kCancelled,    // by us
  kUnavailable,  // the server refused, ended, or talks rubbish
};
const char* outcome_name(CallOutcome outcome);

}  // namespace agentbrain::tools
