#include "records/message_json.hpp"

#include <gtest/gtest.h>

#include <cmath>

using namespace jackfield;

namespace {

using gstpp::StructurePtr;

std::string json(const StructurePtr& s) { return to_text(structure_to_json(*s).get()); }

}  // namespace

TEST(MessageJsonTest, EveryKindOfField) {
  gst_init(nullptr, nullptr);
  StructurePtr s{gst_structure_new("agentbrain/turn", "text", G_TYPE_STRING, "say \"hi\"\n", "yes",
                                   G_TYPE_BOOLEAN, TRUE, "id", G_TYPE_UINT, 7u, "at", G_TYPE_UINT64,
                                   G_GUINT64_CONSTANT(1234567890123), "never", G_TYPE_UINT64,
                                   GST_CLOCK_TIME_NONE, "none", G_TYPE_STRING, nullptr, "ratio",
                                   G_TYPE_DOUBLE, 0.5, nullptr)};
  EXPECT_EQ(json(s), R"({"text":"say \"hi\"\n","yes":true,"id":7,"at":1234567890123,"never":null,)"
                     R"("none":null,"ratio":0.5})");
}

TEST(MessageJsonTest, WhatJsonCannotHold) {
  gst_init(nullptr, nullptr);
  StructurePtr s{gst_structure_new("twilio/mark", "controls", G_TYPE_STRING, "\x01\x1e\x1f\x7f",
                                   "infinite", G_TYPE_DOUBLE, HUGE_VAL, "nan", G_TYPE_DOUBLE, NAN,
                                   nullptr)};
  EXPECT_EQ(json(s), "{\"controls\":\"\\u0001\\u001e\\u001f\x7f\",\"infinite\":null,\"nan\":null}");
}

TEST(MessageJsonTest, NestedStructuresAndArraysWithoutTheToken) {
  gst_init(nullptr, nullptr);
  StructurePtr inner{gst_structure_new("parameters", "from", G_TYPE_STRING, "+1555", "token",
                                       G_TYPE_STRING, "secret", nullptr)};
  StructurePtr s{gst_structure_new("twilio/call-started", "parameters", GST_TYPE_STRUCTURE,
                                   inner.get(), nullptr)};
  GValue list = G_VALUE_INIT;
  g_value_init(&list, GST_TYPE_ARRAY);
  for (int i = 1; i < 3; ++i) {
    GValue item = G_VALUE_INIT;
    g_value_init(&item, G_TYPE_INT);
    g_value_set_int(&item, i);
    gst_value_array_append_and_take_value(&list, &item);
  }
  gst_structure_take_value(s.get(), "list", &list);
  EXPECT_EQ(json(s), R"({"parameters":{"from":"+1555"},"list":[1,2]})");
  const auto event = to_call_event(*s);
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<CallStarted>(*event).parameters.at("token"), "secret");
}

TEST(MessageJsonTest, MessagesBecomeValues) {
  gst_init(nullptr, nullptr);
  StructurePtr s{gst_structure_new("agentbrain/reply", "turn-id", G_TYPE_UINT, 3u, "text",
                                   G_TYPE_STRING, "We are", "full-text", G_TYPE_STRING,
                                   "We are open", "interrupted", G_TYPE_BOOLEAN, TRUE, "start",
                                   G_TYPE_UINT64, G_GUINT64_CONSTANT(5), nullptr)};
  const auto event = to_call_event(*s);
  ASSERT_TRUE(event);
  const auto& reply = std::get<AgentSaid>(*event);
  EXPECT_EQ(reply.turn_id, 3u);
  EXPECT_EQ(reply.text, "We are");
  EXPECT_TRUE(reply.interrupted);
  EXPECT_EQ(reply.start, 5u);
  EXPECT_EQ(reply.end, kNoTime);
  StructurePtr other{gst_structure_new_empty("level")};
  EXPECT_FALSE(to_call_event(*other));
}

namespace {

// "stage: text", empty: nothing is shown.
std::string shown(const char* message) {
  gst_init(nullptr, nullptr);
  StructurePtr s{gst_structure_from_string(message, nullptr)};
  if (!s) return "no structure";
  const auto event = to_call_event(*s);
  if (!event) return {};
  const auto& error = std::get<StageError>(*event);
  return error.stage + ": " + error.text;
}

}  // namespace

TEST(MessageJsonTest, AFailureIsShownOnce) {
  EXPECT_EQ(shown(R"s(openaillm/error, stage=llm, cause=server, text="HTTP 503", advice="wait";)s"),
            "llm: openaillm: server: HTTP 503 (wait)");
  EXPECT_EQ(shown(R"s(agentbrain/error, stage=llm, text="openaillm: server: HTTP 503 (wait)",)s"
                  R"s( element=openaillm;)s"),
            "");
  EXPECT_EQ(shown(R"s(openairealtime/error, stage=realtime, cause=key, text="HTTP 401",)s"
                  R"s( advice="check api-key";)s"),
            "realtime: openairealtime: key: HTTP 401 (check api-key)");
}

TEST(MessageJsonTest, FailuresThatNoElementToldAreAgentbrains) {
  EXPECT_EQ(shown(R"s(agentbrain/error, stage=llm, text="nothing came", element="";)s"),
            "llm: nothing came");
  EXPECT_EQ(shown(R"s(agentbrain/error, stage=call, text="3 turns failed";)s"),
            "call: 3 turns failed");
}

TEST(MessageJsonTest, FailuresOutsideAnAgentAreShownToo) {
  EXPECT_EQ(shown(R"s(openaistt/error, cause=network, text="lost", retryable=(boolean)true;)s"),
            "openaistt: network: lost");
  EXPECT_EQ(shown(R"s(mine/error, cause=moon;)s"), "mine: moon");
  // One's own stage, which names no cause, and agentbrain's word of it.
  EXPECT_EQ(shown(R"s(mine/error, text="it is late", stage=llm, advice="";)s"),
            "llm: mine: it is late");
  EXPECT_EQ(shown(R"s(mine/error, stage=llm;)s"), "llm: mine");
  EXPECT_EQ(shown(R"s(other/error, text="of no stage";)s"), "");
}
