#include "core_texts.hpp"

#include "utf8.hpp"

namespace agentcore {
namespace {

constexpr std::size_t kMostReason = 1024;  // bytes

}  // namespace

void add_said(const jackfield::Entry& entry, v1::Open& open) {
  using Kind = jackfield::Entry::Kind;
  if (entry.kind == Kind::kReasoning) return;
  if (entry.kind == Kind::kToolOutput) {
    for (v1::Said& said : *open.mutable_history()) {
      if (said.kind() == v1::Said::TOOL && said.tool().call_id() == entry.call.id)
        said.set_text(entry.text);
    }
    return;
  }
  v1::Said& said = *open.add_history();
  said.set_turn_id(entry.turn_id);
  said.set_text(entry.text);
  if (entry.kind == Kind::kAgent) {
    said.set_kind(v1::Said::AGENT);
    if (entry.interrupted) said.set_full_text(entry.full_text);
  } else if (entry.kind == Kind::kToolCall) {
    said.set_kind(v1::Said::TOOL);
    said.mutable_tool()->set_call_id(entry.call.id);
    said.mutable_tool()->set_name(entry.call.name);
    said.mutable_tool()->set_arguments(entry.call.arguments);
  } else {
    said.set_kind(entry.addressed ? v1::Said::CALLER : v1::Said::OVERHEARD);
  }
}

// Codes as in grpc/doc/statuscodes.md. The text is the core's, of any bytes.
Failure describe(const StreamEnd& end, bool begun) {
  const std::string more = end.text.empty() ? "" : ": " + whole_text(end.text, kMostReason);
  switch (end.code) {
    case 0:
      return {"cut", "the agent core ended the stream in the middle of the call"};
    case 7:   // PERMISSION_DENIED
    case 16:  // UNAUTHENTICATED
      return {"key", "the agent core does not accept the token" + more, false};
    case 12:  // UNIMPLEMENTED
      return {"request", "at that address is no agent core of this version" + more, false};
    case 3:  // INVALID_ARGUMENT
    case 9:  // FAILED_PRECONDITION
      return {"request", "the agent core refuses the call" + more, false};
    case 8:  // RESOURCE_EXHAUSTED
      return {begun ? "protocol" : "rate-limit",
              (begun ? "a message was too large" : "the agent core takes no more calls") + more};
    case 14:  // UNAVAILABLE
      return {begun ? "cut" : "network", (begun ? "the connection to the agent core broke"
                                                : "the agent core cannot be reached") +
                                             more};
    default:
      return {begun ? "cut" : "server", "the agent core failed" + more};
  }
}

std::string whole_text(std::string_view text, std::size_t most) {
  text = jackfield::truncate_utf8(text, most);
  if (jackfield::is_utf8(text)) return std::string(text);
  std::string whole;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = jackfield::decode_utf8(text, at);
    jackfield::append_utf8(whole, c == jackfield::kInvalidUtf8 ? U'\uFFFD' : c);
  }
  return std::string(jackfield::truncate_utf8(whole, most));
}

}  // namespace agentcore
