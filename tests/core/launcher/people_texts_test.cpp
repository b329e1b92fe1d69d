#include "people/core/people_texts.hpp"

#include <gtest/gtest.h>

#include "json_members.hpp"

namespace jackfield::people {
namespace {

std::vector<Person> two_people() {
  Person anna{.name = "anna",
              .phone = "+15550001",
              .description = "books \"tables\"",
              .language = "de",
              .hours = std::get<WeeklyHours>(WeeklyHours::parse("mon 9:00-10:00")),
              .time_zone = {}};
  Person bob{.name = "bob",
             .phone = {},
             .description = {},
             .language = {},
             .hours = std::nullopt,
             .time_zone = {}};
  return {anna, bob};
}

std::string names_of(const JsonValue& function) {
  const auto* parameters = object_member(function, "parameters");
  const auto* person = object_member(*object_member(*parameters, "properties"), "person");
  std::string names;
  for (const JsonValue& name : array_member(*person, "enum")->items) names += name.string + " ";
  EXPECT_FALSE(parameters->find("additionalProperties")->boolean);
  return names;
}

TEST(PeopleTexts, OnlyWhoHasATelephoneCanBeCalled) {
  const JsonValue function = read_json(transfer_function(two_people(), 150));
  EXPECT_EQ(string_member(function, "name"), "transfer_call");
  EXPECT_EQ(string_member(function, "on-interruption"), "finish");
  EXPECT_EQ(number_member(function, "timeout"), 150);
  EXPECT_EQ(names_of(function), "anna ");
  const std::string description = string_member(function, "description");
  EXPECT_NE(description.find("anna: books \"tables\" (speaks de; mon 9:00-10:00)."),
            std::string::npos)
      << description;
  EXPECT_EQ(description.find("+1555"), std::string::npos) << description;
  EXPECT_EQ(transfer_function({two_people()[1]}, 150), "");
}

TEST(PeopleTexts, EverybodyCanBeAsked) {
  const JsonValue function = read_json(ask_function(two_people(), 65));
  EXPECT_EQ(string_member(function, "name"), "ask_person");
  EXPECT_EQ(names_of(function), "anna bob ");
}

TEST(PeopleTexts, WhatCameOfATransfer) {
  for (int i = 0; i <= static_cast<int>(TransferOutcome::kLost); ++i) {
    const auto outcome = static_cast<TransferOutcome>(i);
    const std::string text = transfer_text(outcome, "anna");
    EXPECT_EQ(text.starts_with("error: "), outcome != TransferOutcome::kTransferred) << text;
    EXPECT_STRNE(outcome_name(outcome), "");
  }
}

}  // namespace
}  // namespace jackfield::people
