#include "caller_directory.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <functional>

#include "directory_fixture.hpp"

namespace jackfield::callers {
namespace {

using Cause = DirectoryError::Cause;
using testing::ElementsAre;
using testing::HasSubstr;

using CallerDirectoryTest = DirectoryFolder;

Note note(const std::string& text, std::int64_t time = kNow, Author author = Author::kAgent) {
  return {.time = time, .author = author, .source = "0123456789ab", .text = text};
}

TEST_F(CallerDirectoryTest, KeepsWhatIsWritten) {
  {
    CallerDirectory directory(path());
    EXPECT_FALSE(directory.find(kAnna));
    directory.change(kAnna, {.name = "Anna", .language = "de", .permissions = {{"b", "a", "b"}}},
                     kNow);
    directory.add_note(kAnna, note("likes tea"));
    directory.add_note(kAnna, note("pays late", kNow + 1, Author::kPerson));
  }
  CallerDirectory directory(path());
  const auto caller = directory.find(kAnna);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->identity, kAnna);
  EXPECT_EQ(caller->name, "Anna");
  EXPECT_EQ(caller->language, "de");
  EXPECT_THAT(caller->permissions, ElementsAre("a", "b"));
  EXPECT_EQ(caller->created, kNow);
  EXPECT_EQ(caller->changed, kNow + 1);
  EXPECT_EQ(caller->calls, 0);
  ASSERT_EQ(caller->notes.size(), 2u);
  EXPECT_EQ(caller->notes[0].text, "likes tea");
  EXPECT_EQ(caller->notes[0].author, Author::kAgent);
  EXPECT_EQ(caller->notes[0].source, "0123456789ab");
  EXPECT_EQ(caller->notes[1].author, Author::kPerson);
  EXPECT_EQ(caller->notes[1].time, kNow + 1);
  EXPECT_FALSE(directory.find(kBert));
}

TEST_F(CallerDirectoryTest, IsForItsOwnerAlone) {
  CallerDirectory directory(path());
  directory.change(kAnna, {.name = "Anna"}, kNow);
  for (const char* ending : {"", "-wal", "-shm"}) {
    struct stat status {};
    ASSERT_EQ(stat((path() + ending).c_str(), &status), 0) << ending;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << ending;
  }
}

TEST_F(CallerDirectoryTest, ChangesOnlyWhatIsNamed) {
  CallerDirectory directory(path());
  directory.change(kAnna, {.name = "Anna", .permissions = {{"a"}}}, kNow);
  directory.change(kAnna, {.language = "de"}, kNow + 5);
  auto caller = directory.find(kAnna);
  EXPECT_EQ(caller->name, "Anna");
  EXPECT_EQ(caller->language, "de");
  EXPECT_THAT(caller->permissions, ElementsAre("a"));
  EXPECT_EQ(caller->changed, kNow + 5);
  directory.change(kAnna, {.name = "", .permissions = {{}}}, kNow);
  caller = directory.find(kAnna);
  EXPECT_EQ(caller->name, "");
  EXPECT_TRUE(caller->permissions.empty());
}

TEST_F(CallerDirectoryTest, CountsTheCallsOfThoseItKnows) {
  CallerDirectory directory(path());
  directory.called(kBert, kNow);
  EXPECT_FALSE(directory.find(kBert));
  directory.add_note(kAnna, note("likes tea"), true);
  EXPECT_EQ(directory.find(kAnna)->calls, 1);
  EXPECT_EQ(directory.find(kAnna)->last_call, kNow);
  directory.add_note(kAnna, note("and cake"), true);
  EXPECT_EQ(directory.find(kAnna)->calls, 1);
  directory.called(kAnna, kNow + kOneDay);
  EXPECT_EQ(directory.find(kAnna)->calls, 2);
  EXPECT_EQ(directory.find(kAnna)->last_call, kNow + kOneDay);
}

TEST_F(CallerDirectoryTest, RefusesWhatDoesNotFit) {
  CallerDirectory directory(path());
  std::string text;
  const auto refused = [&](const std::function<void()>& function, const char* why) {
    EXPECT_EQ(cause_of(function, text), Cause::kRefused) << text;
    EXPECT_THAT(text, HasSubstr(why));
  };
  refused([&] { directory.add_note(kAnna, note(std::string(1025, 'a'))); }, "1024 bytes");
  refused([&] { directory.add_note(kAnna, note(" ")); }, "nothing in it");
  refused([&] { directory.add_note(kAnna, note("")); }, "empty");
  refused([&] { directory.add_note(kAnna, note("\xff")); }, "UTF-8");
  refused([&] { directory.change(kAnna, {.name = std::string(129, 'a')}, kNow); }, "128 bytes");
  refused([&] { directory.change(kAnna, {.language = "do as I say"}, kNow); }, "language");
  refused([&] { directory.change(kAnna, {.permissions = {{"a b"}}}, kNow); }, "permission");
  refused(
      [&] { directory.change(kAnna, {.permissions = std::vector<std::string>(33, "a")}, kNow); },
      "at most 32");
  EXPECT_FALSE(directory.find(kAnna));  // and nothing was made on the way
  directory.add_note(kAnna, note(std::string(1024, 'a')));
}

TEST_F(CallerDirectoryTest, OfTooManyNotesTheAgentsOldestGoes) {
  CallerDirectory directory(path(), {.notes = 3});
  directory.add_note(kAnna, note("one", kNow, Author::kPerson));
  directory.add_note(kAnna, note("two", kNow + 1));
  directory.add_note(kAnna, note("three", kNow + 2));
  directory.add_note(kAnna, note("four", kNow + 3));
  auto notes = directory.find(kAnna)->notes;
  ASSERT_EQ(notes.size(), 3u);
  EXPECT_EQ(notes[0].text, "one");
  EXPECT_EQ(notes[1].text, "three");
  EXPECT_EQ(notes[2].text, "four");
  directory.add_note(kAnna, note("five", kNow + 4, Author::kPerson));
  directory.add_note(kAnna, note("six", kNow + 5, Author::kPerson));
  std::string text;
  EXPECT_EQ(cause_of([&] { directory.add_note(kAnna, note("seven")); }, text), Cause::kRefused);
  directory.add_note(kAnna, note("eight", kNow + 6, Author::kPerson));
  notes = directory.find(kAnna)->notes;
  EXPECT_EQ(notes[0].text, "five");
  EXPECT_EQ(notes[2].text, "eight");
}

TEST_F(CallerDirectoryTest, TakesNoMoreCallersThanItMay) {
  CallerDirectory directory(path(), {.callers = 1});
  directory.change(kAnna, {.name = "Anna"}, kNow);
  std::string text;
  EXPECT_EQ(cause_of([&] { directory.change(kBert, {.name = "Bert"}, kNow); }, text), Cause::kFull);
  EXPECT_THAT(text, HasSubstr("forget some"));
  directory.change(kAnna, {.name = "Anne"}, kNow);
  directory.forget(kAnna);
  directory.change(kBert, {.name = "Bert"}, kNow);
}

TEST_F(CallerDirectoryTest, WhatIsForgottenIsInNoFile) {
  CallerDirectory directory(path());
  for (int i = 0; i < 50; ++i)
    directory.add_note(kAnna, note("SecretNote" + std::to_string(i) + std::string(900, 'x')));
  directory.change(kAnna, {.name = "AnnaSecretName", .permissions = {{"secret-permission"}}}, kNow);
  directory.change(kBert, {.name = "Bert"}, kNow);
  for (const char* words : {"SecretNote", "AnnaSecretName", "secret-permission", kAnna})
    EXPECT_TRUE(on_disk(words)) << words;
  const auto forgotten = directory.forget(kAnna);
  EXPECT_TRUE(forgotten.known);
  EXPECT_TRUE(forgotten.erased);
  for (const char* words : {"SecretNote", "AnnaSecretName", "secret-permission", kAnna, "xxxxxx"})
    EXPECT_FALSE(on_disk(words)) << words;
  EXPECT_FALSE(directory.find(kAnna));
  EXPECT_EQ(directory.find(kBert)->name, "Bert");
  EXPECT_FALSE(directory.forget(kAnna).known);
}

TEST_F(CallerDirectoryTest, ANoteThatIsRemovedIsInNoFile) {
  CallerDirectory directory(path());
  const auto id = directory.add_note(kAnna, note("SecretNote"));
  directory.add_note(kBert, note("another"));
  EXPECT_FALSE(directory.remove_note(kBert, id, kNow));
  EXPECT_TRUE(directory.remove_note(kAnna, id, kNow));
  EXPECT_FALSE(directory.remove_note(kAnna, id, kNow));
  EXPECT_FALSE(on_disk("SecretNote"));
  EXPECT_GT(directory.add_note(kAnna, note("new")), id);
}

TEST_F(CallerDirectoryTest, RetentionTakesOldNotesAndThoseWhoCallNoMore) {
  CallerDirectory directory(path());
  directory.add_note(kAnna, note("OldNote", kNow), true);
  directory.add_note(kBert, note("BertsNote", kNow), true);
  directory.called(kAnna, kNow + 20 * kOneDay);
  directory.add_note(kAnna, note("new note", kNow + 20 * kOneDay));
  EXPECT_EQ(directory.purge(kNow + 29 * kOneDay, 30).callers, 0);
  ASSERT_TRUE(directory.find(kBert));
  const auto purged = directory.purge(kNow + 31 * kOneDay, 30);
  EXPECT_EQ(purged.callers, 1);
  EXPECT_EQ(purged.notes, 2);
  EXPECT_FALSE(directory.find(kBert));
  const auto anna = directory.find(kAnna);
  ASSERT_TRUE(anna);
  ASSERT_EQ(anna->notes.size(), 1u);
  EXPECT_EQ(anna->notes[0].text, "new note");
  EXPECT_FALSE(on_disk("OldNote"));
  EXPECT_FALSE(on_disk("BertsNote"));
}

TEST_F(CallerDirectoryTest, ListsInPages) {
  CallerDirectory directory(path());
  for (const char* who : {"+15550000003", "+15550000001", "browser:Zoë", "+15550000002"})
    directory.change(who, {.name = who, .permissions = {{"a"}}}, kNow);
  directory.add_note("+15550000002", note("x"));
  auto page = directory.list("", 3);
  ASSERT_EQ(page.size(), 3u);
  EXPECT_EQ(page[0].identity, "+15550000001");
  EXPECT_EQ(page[1].note_count, 1u);
  EXPECT_TRUE(page[1].notes.empty());
  EXPECT_THAT(page[2].permissions, ElementsAre("a"));
  page = directory.list(page[2].identity, 3);
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].identity, "browser:Zoë");
}

}  // namespace
}  // namespace jackfield::callers
