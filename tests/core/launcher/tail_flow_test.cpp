#include "client/core/tail_flow.hpp"

#include <gtest/gtest.h>

#include "json_members.hpp"

namespace jackfield::client {
namespace {

std::string entry(const char* text, bool final = true) {
  return R"({"at-ms":1,"who":"caller","text":")" + std::string{text} + R"(","final":)" +
         (final ? "true}" : "false}");
}
JsonValue transcript(const std::string& data, const char* session = "a1") {
  return read_json(R"({"type":"event","event":"transcript","session":")" + std::string{session} +
                   R"(","line":"agent","data":)" + data + "}");
}
JsonValue ended(const char* session) {
  return read_json(R"({"type":"event","event":"session-ended","session":")" + std::string{session} +
                   R"(","data":{}})");
}
JsonValue answer(const std::string& entries) {
  return read_json("{\"entries\":[" + entries + "]}");
}

std::vector<std::string> texts(const std::vector<JsonValue>& messages) {
  std::vector<std::string> all;
  for (const JsonValue& message : messages) {
    const JsonValue* data = object_member(message, "data");
    all.push_back(data && data->find("text") ? string_member(*data, "text")
                                             : string_member(message, "event"));
  }
  return all;
}
using Texts = std::vector<std::string>;

TEST(TailFlowTest, EventsPassInTheirOrder) {
  TailFlow flow;
  EXPECT_EQ(texts(flow.event(transcript(entry("a", false)))), Texts{"a"});
  EXPECT_EQ(texts(flow.event(transcript(entry("a", false)))), Texts{"a"});
  EXPECT_EQ(texts(flow.event(transcript(entry("a")))), Texts{"a"});
  EXPECT_EQ(texts(flow.event(ended("a1"))), Texts{"session-ended"});
}

TEST(TailFlowTest, WhatWasSaidBeforeComesFirstAndOnce) {
  TailFlow flow;
  flow.hold("a1");
  EXPECT_TRUE(flow.event(transcript(entry("two"))).empty());
  EXPECT_TRUE(flow.event(transcript(entry("three"))).empty());
  EXPECT_EQ(texts(flow.event(transcript(entry("other"), "b2"))), Texts{"other"});
  const auto out = flow.release("a1", "agent", answer(entry("one") + "," + entry("two")));
  EXPECT_EQ(texts(out), (Texts{"one", "two", "three"}));
  EXPECT_EQ(string_member(out[0], "session"), "a1");
  EXPECT_EQ(string_member(out[0], "line"), "agent");
  EXPECT_EQ(texts(flow.event(transcript(entry("four")))), Texts{"four"});
}

TEST(TailFlowTest, AfterALossOnlyWhatWasMissed) {
  TailFlow flow;
  for (int i = 0; i < 200; ++i) flow.event(transcript(entry(std::to_string(i).c_str())));
  std::string all;
  for (int i = 0; i < 203; ++i) all += (i ? "," : "") + entry(std::to_string(i).c_str());
  flow.hold("a1");
  EXPECT_EQ(texts(flow.release("a1", "agent", answer(all))), (Texts{"200", "201", "202"}));
}

TEST(TailFlowTest, AnEndIsNotOvertaken) {
  TailFlow flow;
  flow.hold("a1");
  EXPECT_TRUE(flow.event(ended("a1")).empty());
  EXPECT_EQ(texts(flow.release("a1", "", answer(entry("bye")))), (Texts{"bye", "session-ended"}));
}

TEST(TailFlowTest, WithoutAnAnswerItGoesOn) {
  TailFlow flow;
  flow.hold("a1");
  flow.event(transcript(entry("one")));
  EXPECT_EQ(texts(flow.release("a1", "", JsonValue{})), Texts{"one"});
}

TEST(TailFlowTest, WhatWaitsHasABound) {
  TailFlow flow;
  flow.hold("a1");
  for (std::size_t i = 0; i < TailFlow::kMostHeld + 50; ++i)
    flow.event(transcript(entry(std::to_string(i).c_str())));
  EXPECT_EQ(flow.release("a1", "", JsonValue{}).size(), TailFlow::kMostHeld);
}

}  // namespace
}  // namespace jackfield::client
