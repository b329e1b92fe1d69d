// What the tests of both ways to ask a language model share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "json_writer.hpp"
#include "model_api.hpp"

namespace openai {

using testing::HasSubstr;
using testing::Not;

inline std::string read(ReplyReader& reader, std::initializer_list<std::string> events) {
  std::string text;
  for (const std::string& data : events) text += reader.take({.data = data});
  return text;
}

// One question of the caller, and two functions that were asked for it.
inline Conversation with_tool() {
  Conversation c;
  c.add_caller(1, "Weather \"here\"?");
  c.add_reasoning(1, R"({"type":"reasoning","id":"r1","summary":[],"encrypted_content":"x"})");
  c.add_tool_call(1, {.id = "c1", .name = "weather", .arguments = R"({"q":1})"});
  c.add_tool_call(1, {.id = "c2", .name = "time", .arguments = "{}"});
  c.add_tool_output(1, "c1", "sunny");
  c.add_tool_output(1, "c2", "noon");
  return c;
}

inline ModelRequest request_of(const Conversation& c) {
  ModelRequest r;
  r.model = "m";
  r.instructions = "Be kind.";
  r.tools = {{.name = "weather", .description = "of today", .parameters = R"({"type":"object"})"}};
  r.conversation = c.recent(10000);
  return r;
}

}  // namespace openai
