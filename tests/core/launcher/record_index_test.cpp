#include "control/core/record_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

namespace {

using jackfield::is_session_id;
using jackfield::parse_record_name;
using jackfield::RecordIndex;
using jackfield::RecordPage;
using jackfield::RecordQuery;
using jackfield::RecordSummary;

using jackfield::folder_of;
using jackfield::record_names;

// The folder of the call number `i`, later for greater numbers.
std::string folder(unsigned i) {
  char name[64];
  std::snprintf(name, sizeof name, "20261122-%02u%02u%02u-%012x", i / 3600, i / 60 % 60, i % 60, i);
  return name;
}

std::vector<std::string> folders(unsigned count) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < count; ++i) names.push_back(folder(i));
  return record_names(std::move(names));
}

class RecordIndexTest : public testing::Test {
 protected:
  RecordPage page(RecordQuery query = {}) {
    return index.page(
        query, running,
        [this](const std::string& name) -> std::optional<RecordSummary> {
          ++loads;
          if (const auto it = records.find(name); it != records.end()) return it->second;
          return std::nullopt;
        },
        [this](const std::string& name, const std::string& text) {
          ++searches;
          return said[name].find(text) != std::string::npos;
        });
  }
  RecordSummary& add(unsigned i) {
    RecordSummary& record = records[folder(i)];
    record.id = folder(i).substr(16);
    record.line = i % 2 ? "odd" : "even";
    record.complete = true;
    return record;
  }
  void add_all(unsigned count) {
    for (unsigned i = 0; i < count; ++i) add(i);
    index.set_folders(folders(count));
  }
  static std::string ids(const RecordPage& page) {
    std::string text;
    for (const RecordSummary& record : page.records)
      text += (text.empty() ? "" : " ") + std::to_string(std::stoul(record.id, nullptr, 16));
    return text;
  }

  RecordIndex index;
  std::set<std::string, std::less<>> running;
  std::map<std::string, RecordSummary> records;
  std::map<std::string, std::string> said;
  int loads = 0;
  int searches = 0;
};

TEST(RecordName, HasStampAndSession) {
  const auto name = parse_record_name("20261122-140305-0123456789ab");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->stamp, "20261122-140305");
  EXPECT_EQ(name->session, "0123456789ab");
}

TEST(RecordName, IsNothingElse) {
  for (const char* name :
       {"", ".", "..", "../20261122-140305-0123456789ab", "20261122-140305-0123456789AB",
        "20261122-140305-0123456789a", "20261122-140305-0123456789abc",
        "2026112a-140305-0123456789ab", "20261122_140305-0123456789ab",
        "20261122-140305_0123456789ab", "20261122-1403/5-0123456789ab", "lost+found",
        "20261122-140305-../../../../a"})
    EXPECT_FALSE(parse_record_name(name)) << name;
}

TEST(SessionId, IsTwelveHexadecimalDigits) {
  EXPECT_TRUE(is_session_id("0123456789ab"));
  for (const char* id : {"", "0123456789a", "0123456789abc", "0123456789AB", "..", "../../../etc",
                         "0123456789a/", "0123456789a."})
    EXPECT_FALSE(is_session_id(id)) << id;
  EXPECT_FALSE(is_session_id(std::string_view{"0123456789a\0", 12}));
}

TEST_F(RecordIndexTest, ListsTheNewestFirst) {
  add_all(5);
  const RecordPage first = page();
  EXPECT_EQ(ids(first), "4 3 2 1 0");
  EXPECT_EQ(first.next, "");
}

TEST_F(RecordIndexTest, GivesPagesThatNeitherRepeatNorSkip) {
  add_all(7);
  const RecordPage first = page({.limit = 3});
  EXPECT_EQ(ids(first), "6 5 4");
  // A new call, and one of the first page is deleted, meanwhile.
  add(7);
  auto names = folders(8);
  std::erase(names, folder(5));
  index.set_folders(names);
  const RecordPage second = page({.limit = 3, .before = first.next});
  EXPECT_EQ(ids(second), "3 2 1");
  const RecordPage third = page({.limit = 3, .before = second.next});
  EXPECT_EQ(ids(third), "0");
  EXPECT_EQ(third.next, "");
}

TEST_F(RecordIndexTest, AFullLastPageIsTheEnd) {
  add_all(3);
  EXPECT_EQ(page({.limit = 3}).next, "");
}

TEST_F(RecordIndexTest, TheCursorMayBeGone) {
  add_all(4);
  auto names = folders(4);
  std::erase(names, folder(2));
  index.set_folders(names);
  EXPECT_EQ(ids(page({.before = folder(2)})), "1 0");
  EXPECT_EQ(ids(page({.before = "00000000-000000-000000000000"})), "");
}

TEST_F(RecordIndexTest, LimitsAreKept) {
  add_all(300);
  EXPECT_EQ(page({.limit = 100000}).records.size(), RecordQuery::kMaxLimit);
  EXPECT_EQ(page({.limit = 0}).records.size(), 1u);
}

TEST_F(RecordIndexTest, ReadsNoMoreThanThePageAndNothingTwice) {
  add_all(1000);
  EXPECT_EQ(page({.limit = 10}).records.size(), 10u);
  EXPECT_EQ(loads, 10);
  page({.limit = 10});
  EXPECT_EQ(loads, 10);
  // Also over a new look at the folder.
  index.set_folders(folders(1000));
  page({.limit = 11});
  EXPECT_EQ(loads, 11);
}

TEST_F(RecordIndexTest, WhatIsIncompleteIsReadAgain) {
  add(0).complete = false;
  index.set_folders(folders(1));
  page();
  add(0).complete = true;
  EXPECT_TRUE(page().records.at(0).complete);
  page();
  EXPECT_EQ(loads, 2);
}

TEST_F(RecordIndexTest, RunningAndForeignFoldersAreLeftOut) {
  add_all(4);
  records.erase(folder(2));  // is not a call's after all
  running = {folder(3).substr(16)};
  EXPECT_EQ(ids(page()), "1 0");
  index.set_folders(record_names({"lost+found", "..", folder(0)}));
  EXPECT_EQ(index.size(), 1u);
  EXPECT_EQ(ids(page()), "0");
}

TEST_F(RecordIndexTest, Filters) {
  for (unsigned i = 0; i < 6; ++i) {
    RecordSummary& record = add(i);
    record.failed = i == 4;
    record.from = "+1555000000" + std::to_string(i);
    record.to = "+4930123";
  }
  index.set_folders(folders(6));
  EXPECT_EQ(ids(page({.line = "odd"})), "5 3 1");
  EXPECT_EQ(ids(page({.line = ""})), "");
  EXPECT_EQ(ids(page({.number = "0003"})), "3");
  EXPECT_EQ(ids(page({.limit = 2, .number = "+4930"})), "5 4");
  EXPECT_EQ(ids(page({.failed = true})), "4");
  EXPECT_EQ(ids(page({.line = "even", .failed = false})), "2 0");
}

TEST_F(RecordIndexTest, SearchesOnlyWhatFits) {
  add_all(6);
  said[folder(1)] = "the invoice is wrong";
  said[folder(2)] = "the invoice";
  EXPECT_EQ(ids(page({.text = "invoice"})), "2 1");
  EXPECT_EQ(searches, 6);
  EXPECT_EQ(ids(page({.line = "odd", .text = "invoice"})), "1");
  EXPECT_EQ(searches, 9);
}

TEST(RecordIndexLimits, APageThatCostsTooMuchGoesOnInTheNext) {
  RecordIndex index{{.loads = 10, .searches = 4, .kept = 5}};
  index.set_folders(folders(35));
  int loads = 0;
  const auto load = [&](const std::string& name) -> std::optional<RecordSummary> {
    ++loads;
    return RecordSummary{
        .id = name.substr(16), .line = name == folder(0) ? "wanted" : "", .complete = true};
  };
  const auto nothing = [](const std::string&, const std::string&) { return false; };
  RecordQuery query{.line = "wanted"};
  std::size_t found = 0;
  int pages = 0;
  do {
    const RecordPage page = index.page(query, {}, load, nothing);
    found += page.records.size();
    query.before = page.next;
    ++pages;
  } while (!query.before.empty() && pages < 100);
  EXPECT_EQ(found, 1u);
  EXPECT_EQ(pages, 4);
  EXPECT_EQ(loads, 35);
  // No more than five are kept.
  loads = 0;
  index.page({.limit = 15}, {}, load, nothing);
  EXPECT_EQ(loads, 10);
  // Searching is limited by itself.
  const RecordPage searched = index.page({.limit = 200, .text = "x"}, {}, load, nothing);
  EXPECT_EQ(searched.records.size(), 0u);
  EXPECT_EQ(searched.next, folder(31));
}

TEST(RecordNames, FindsTheFolderOfASession) {
  const auto names = folders(3);
  EXPECT_EQ(folder_of(names, folder(1).substr(16)), folder(1));
  for (const char* id : {"ffffffffffff", "", "1", "000000000001/", "-000000000001", "..", "*"})
    EXPECT_EQ(folder_of(names, id), "") << id;
  // Should two folders claim the same session, the newer one has it.
  const auto twice = record_names({"20261121-000000-000000000001", "20261122-000000-000000000001"});
  EXPECT_EQ(folder_of(twice, "000000000001"), "20261122-000000-000000000001");
}

}  // namespace
