#include "tool_action.hpp"

#include <gtest/gtest.h>

namespace {

using namespace agentbrain::tools;

TEST(ToolAction, WhatGoesIntoTheAuditLog) {
  ToolAction action{.kind = ToolAction::Kind::kAudit};
  action.event = AuditEntry::Event::kEnd;
  action.call_id = "call_1";
  action.turn = 7;
  action.server_name = "files";
  action.function = "files_read";
  action.tool = "read";
  action.arguments = "{}";
  action.outcome = "error";
  action.text = "no such file";
  action.duration = 5;
  action.bytes = 12;
  action.background = true;
  const AuditEntry entry = audit_entry(action);
  EXPECT_EQ(entry.event, AuditEntry::Event::kEnd);
  EXPECT_EQ(entry.call_id, "call_1");
  EXPECT_EQ(entry.turn, 7u);
  EXPECT_EQ(entry.server, "files");
  EXPECT_EQ(entry.tool, "read");
  EXPECT_EQ(entry.arguments, "{}");
  EXPECT_EQ(entry.outcome, "error");
  EXPECT_EQ(entry.reason, "no such file");
  EXPECT_EQ(entry.duration, 5u);
  EXPECT_EQ(entry.bytes, 12u);
  EXPECT_TRUE(entry.background);
}

}  // namespace
