// Sessions that are over: the control API over a folder of recordings in which there is anything.
#include <fcntl.h>
#include <glib/gstdio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include <filesystem>
#include <utility>

#include "../webrtc/signal_test_peer.hpp"
#include "api_client.hpp"
#include "control/control.hpp"
#include "json_members.hpp"

namespace jackfield {
namespace {

using test::api_request;
using test::ApiConnection;
using test::ApiReply;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// A second of a caller at +-0.5, and an agent at 0.
std::string wav(std::size_t frames = 8000) {
  std::string data;
  for (std::size_t i = 0; i < frames; ++i)
    data += little_endian(i % 2 ? 16384 : 0xC000, 2) + little_endian(0, 2);
  const std::string body = "WAVEfmt " + little_endian(16, 4) + little_endian(1, 2) +
                           little_endian(2, 2) + little_endian(8000, 4) + little_endian(32000, 4) +
                           little_endian(4, 2) + little_endian(16, 2) + "data" +
                           little_endian(data.size(), 4) + data;
  return "RIFF" + little_endian(body.size(), 4) + body;
}

// The folder of the call number `i`, later for greater numbers.
std::string name_of(unsigned i) {
  char name[64];
  g_snprintf(name, sizeof name, "20261122-%02u%02u%02u-%012x", i / 3600, i / 60 % 60, i % 60, i);
  return name;
}
std::string id_of(unsigned i) { return name_of(i).substr(16); }

class FinishedCallsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    // Ten thousand folders take half a minute on a busy disk, and no time in memory.
    if (g_access("/dev/shm", W_OK) == 0) g_setenv("TMPDIR", "/dev/shm", TRUE);
    gst_init(nullptr, nullptr);
  }
  void SetUp() override {
    std::string error;
    g_mkdir(root().c_str(), 0700);
    ASSERT_TRUE(server.listen(address, error)) << error;
  }
  std::string root() const { return folder.file("recordings"); }
  std::string path(unsigned i, const std::string& file = {}) const {
    return root() + "/" + name_of(i) + (file.empty() ? "" : "/" + file);
  }
  void write(unsigned i, const std::string& file, const std::string& text) const {
    g_mkdir(path(i).c_str(), 0700);
    folder.write("recordings/" + name_of(i) + "/" + file, text);
  }
  void write_call(unsigned i, const std::string& more = {}) const {
    write(
        i, "call.json",
        R"({"line": "desk", "scenario": "/a/b/desk.gst", "kind": "once", "started": "2026-11-22T00:00:00.000Z", "duration-ms": 1000,)"
        R"( "end-reason": "stop", "failed": false, "call": true, "caller-turns": 1)" +
            more + "}");
  }
  ApiReply get(const std::string& target, const std::string& fields = {}) {
    return api_request(address, "GET", "/api/v1/sessions" + target, {}, fields);
  }
  ApiReply remove(unsigned i) {
    return api_request(address, "DELETE", "/api/v1/sessions/" + id_of(i));
  }
  // The ids of a page, and its `next`.
  static std::vector<std::string> ids(const ApiReply& reply, std::string* next = nullptr) {
    std::vector<std::string> list;
    const JsonValue page = read_json(reply.body);
    for (const JsonValue& session : page.find("sessions")->items)
      list.push_back(session.find("id")->string);
    if (next) *next = page.find("next")->string;
    return list;
  }

  test::TemporaryFolder folder;
  HttpServer server;
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  LocalSessionRegistry registry{1};
  Refusals refusals;
  Control control{
      {.access = {}, .max_sessions = 1, .recordings = root(), .scenarios = {}, .runs = {}},
      server,
      registry,
      refusals};
};

TEST_F(FinishedCallsTest, ListsFoldersOfCallsAndNothingElse) {
  for (unsigned i : {1, 2, 3}) write_call(i);
  // Somebody's file, folders of other names, an empty one, a link to a call elsewhere.
  folder.write("recordings/" + name_of(4), "a file");
  g_mkdir((root() + "/lost+found").c_str(), 0700);
  g_mkdir(path(5).c_str(), 0700);
  g_mkdir(folder.file("elsewhere").c_str(), 0700);
  folder.write("elsewhere/call.json", "{}");
  ASSERT_EQ(symlink(folder.file("elsewhere").c_str(), path(6).c_str()), 0);
  // Half-written ones: killed, and with half a summary.
  write(
      7, "transcript.jsonl",
      R"({"time":"2026-11-22T00:00:07.500Z","message":"twilio/call-started","fields":{"stream-sid":"MZ1","parameters":{"from":"+1555","to":"+49"}}})"
      "\n");
  write(8, "transcript.jsonl", "");
  write(8, "call.json", "{\"line\":");
  const ApiReply reply = get("");
  ASSERT_EQ(reply.status, 200);
  EXPECT_THAT(ids(reply), ElementsAre(id_of(8), id_of(7), id_of(3), id_of(2), id_of(1)));
  const JsonValue killed = read_json(get("/" + id_of(7)).body);
  EXPECT_EQ(killed.find("end-reason")->string, "unfinished");
  EXPECT_EQ(killed.find("from")->string, "+1555");
  EXPECT_EQ(killed.find("kind")->string, "phone");
  EXPECT_TRUE(killed.find("failed")->boolean);
  EXPECT_THAT(ids(get("?failed=true")), ElementsAre(id_of(8), id_of(7)));
  EXPECT_THAT(ids(get("?number=%2B1555")), ElementsAre(id_of(7)));
  EXPECT_THAT(ids(get("?state=running")), ElementsAre());
  // What comes and goes is seen.
  std::filesystem::remove_all(path(2));
  write_call(9);
  EXPECT_THAT(ids(get("?failed=false")), ElementsAre(id_of(9), id_of(3), id_of(1)));
}

TEST_F(FinishedCallsTest, TellsTheConversationAsFarAsItCanBeRead) {
  write_call(1, R"(, "pipeline-start-ms": 100, "recording-start-ms": 120, "errors": ["one"])");
  write(1, "transcript.txt", "[00:01.0] caller: the \xC3\x84RGER\n");
  write(
      1, "transcript.jsonl",
      "garbage\n{\"time\":5}\n" + std::string(2'000'000, '[') + "\n" +
          R"({"time":"2026-11-22T00:00:02.000Z","message":"agentbrain/transcript","fields":{"turn-id":1,"text":"so","final":false,"speech-start":1000000000}})"
          "\n"
          R"({"time":"2026-11-22T00:00:02.000Z","message":"agentbrain/transcript","fields":{"turn-id":1,"text":"so far","final":true,"not-understood":false,"speech-start":1000000000,"speech-end":1500000000}})"
          "\n"
          R"({"time":"2026-11-22T00:00:02.500Z","message":"agentbrain/turn","fields":{"turn-id":1,"stt":20000000,"total":500000000,"llm":null}})"
          "\n"
          R"({"time":"2026-11-22T00:00:03.000Z","message":"agentbrain/reply","fields":{"turn-id":1,"text":"well","full-text":"well then","interrupted":true,"start":2000000000,"end":2500000000}})"
          "\n"
          R"({"time":"2026-11-22T00:00:04.000Z","message":"agentbrain/re)");
  const JsonValue entries = *read_json(get("/" + id_of(1) + "/transcript").body).find("entries");
  ASSERT_EQ(entries.items.size(), 2u);
  EXPECT_EQ(entries.items[0].find("text")->string, "so far");
  EXPECT_EQ(entries.items[0].find("start-ms")->number, 1100);
  EXPECT_EQ(entries.items[1].find("heard")->string, "well");
  EXPECT_EQ(entries.items[1].find("end-ms")->number, 2600);
  const JsonValue latency = read_json(get("/" + id_of(1) + "/latency").body);
  ASSERT_EQ(latency.find("turns")->items.size(), 1u);
  EXPECT_EQ(latency.find("turns")->items[0].find("total")->number, 500);
  EXPECT_EQ(latency.find("turns")->items[0].find("at-ms")->number, 2500);
  const JsonValue detail = read_json(get("/" + id_of(1)).body);
  EXPECT_EQ(detail.find("errors")->items.at(0).string, "one");
  EXPECT_EQ(detail.find("recording-start-ms")->number, 120);
  EXPECT_THAT(ids(get("?text=%C3%A4rger")), ElementsAre(id_of(1)));
  EXPECT_THAT(ids(get("?text=absent")), ElementsAre());
}

TEST_F(FinishedCallsTest, SendsPartsOfARecording) {
  const std::string file = wav();
  write_call(1);
  write(1, "call.wav", file);
  const std::string target = "/" + id_of(1) + "/recording";
  const ApiReply whole = get(target);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, file);
  EXPECT_THAT(whole.head, HasSubstr("Content-Type: audio/wav"));
  const ApiReply part = get(target, "Range: bytes=44-99\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, file.substr(44, 56));
  EXPECT_THAT(part.head, HasSubstr("Content-Range: bytes 44-99/" + std::to_string(file.size())));
  EXPECT_EQ(get(target, "Range: bytes=-7\r\n").body, file.substr(file.size() - 7));
  const ApiReply beyond = get(target, "Range: bytes=99999999-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.code(), "no-such-range");
  EXPECT_THAT(beyond.head, HasSubstr("Content-Range: bytes */" + std::to_string(file.size())));
  // Of several ranges, or of none that makes sense, all of it comes once.
  std::string bomb = "Range: bytes=0-";
  for (int i = 0; i < 2000; ++i) bomb += ",0-";
  for (const std::string& fields :
       {bomb + "\r\n", std::string{"Range: bytes=9-3\r\n"}, std::string{"Range: x\r\n"}}) {
    const ApiReply reply = get(target, fields);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body.size(), file.size());
  }
  // JSON is never cut up by libsoup.
  EXPECT_EQ(get("/" + id_of(1), "Range: bytes=0-5,0-6,0-7\r\n").status, 200);
  const ApiReply head = api_request(address, "HEAD", "/api/v1/sessions" + target, {}, "");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_THAT(head.head, HasSubstr("Content-Length: " + std::to_string(file.size())));
  const std::size_t at = head.head.find("ETag: ") + 6;
  const std::string tag = head.head.substr(at, head.head.find("\r\n", at) - at);
  EXPECT_EQ(get(target, "Range: bytes=0-3\r\nIf-Range: " + tag + "\r\n").body, "RIFF");
  write(1, "call.wav", file + "more");
  EXPECT_EQ(get(target, "Range: bytes=0-3\r\nIf-Range: " + tag + "\r\n").status, 200);
}

TEST_F(FinishedCallsTest, NothingElseIsEverRead) {
  folder.write("secret.wav", wav());
  folder.write("secret.svg", "<svg/>");
  write_call(1);
  ASSERT_EQ(symlink(folder.file("secret.wav").c_str(), path(1, "call.wav").c_str()), 0);
  ASSERT_EQ(symlink(folder.file("secret.svg").c_str(), path(1, "call.svg").c_str()), 0);
  write_call(2);
  ASSERT_EQ(mkfifo(path(2, "call.wav").c_str(), 0600), 0);  // nobody ever writes into it
  write_call(3);
  g_mkdir(path(3, "call.wav").c_str(), 0700);
  g_mkdir(folder.file("elsewhere").c_str(), 0700);
  folder.write("elsewhere/call.json", "{}");
  folder.write("elsewhere/call.wav", wav());
  ASSERT_EQ(symlink(folder.file("elsewhere").c_str(), path(4).c_str()), 0);
  for (unsigned i : {1, 2, 3, 4}) {
    EXPECT_EQ(get("/" + id_of(i) + "/recording").code(), "no-recording") << i;
    EXPECT_EQ(get("/" + id_of(i) + "/waveform").code(), "no-recording") << i;
  }
  EXPECT_EQ(get("/" + id_of(1) + "/picture.svg").code(), "no-picture");
  EXPECT_EQ(get("/" + id_of(4)).code(), "no-such-session");
  for (const char* id :
       {"..", "../..", "..%2f..", "%2e%2e", "%2e%2e%2fsecret", "000000000001%00",
        "000000000001/../..", "*", "-000000000001", "20261122-000001-000000000001"}) {
    EXPECT_THAT(get(std::string{"/"} + id + "/recording").status, AnyOf(400, 404)) << id;
    EXPECT_THAT(api_request(address, "DELETE", std::string{"/api/v1/sessions/"} + id).status,
                AnyOf(400, 404))
        << id;
  }
  EXPECT_EQ(get("?before=../../../etc").status, 400);
}

TEST_F(FinishedCallsTest, DrawsWaveforms) {
  write_call(1);
  write(1, "call.wav", wav());
  const ApiReply reply = get("/" + id_of(1) + "/waveform?points=2");
  EXPECT_EQ(reply.body,
            "{\"seconds\":1.000,\"channels\":[{\"name\":\"caller\",\"low\":[-0.5,-0.5],\"high\":[0."
            "5,0.5]},"
            "{\"name\":\"agent\",\"low\":[0,0],\"high\":[0,0]}]}\n");
  // Of the file as it is, not as it was.
  write(1, "call.wav", wav(4));
  EXPECT_THAT(get("/" + id_of(1) + "/waveform?points=2").body, HasSubstr("\"seconds\":0.001"));
  for (const char* points : {"0", "4001", "x", "-1", "1.5", ""})
    EXPECT_EQ(get("/" + id_of(1) + "/waveform?points=" + points).code(), "bad-query") << points;
  write(1, "call.wav", "RIFF");
  EXPECT_EQ(get("/" + id_of(1) + "/waveform").code(), "unreadable-recording");
}

TEST_F(FinishedCallsTest, APictureRunsNothing) {
  write_call(1);
  write(1, "call.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
  const ApiReply reply = get("/" + id_of(1) + "/picture.svg");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.head, HasSubstr("Content-Type: image/svg+xml"));
  EXPECT_THAT(reply.head, HasSubstr("Content-Security-Policy: default-src 'none'"));
  EXPECT_THAT(reply.head, HasSubstr("sandbox"));
  EXPECT_THAT(reply.head, Not(HasSubstr("allow-scripts")));
}

TEST_F(FinishedCallsTest, DeletesWhatIsOurs) {
  write_call(1);
  for (const char* file : {"call.wav", "call.svg", "transcript.txt", "transcript.jsonl",
                           "latency.json", "pipeline-error.dot", "call.json.A1B2C3"})
    write(1, file, "x");
  EXPECT_EQ(remove(1).body, "{\"deleted\":\"" + id_of(1) + "\",\"left\":[]}\n");
  EXPECT_FALSE(std::filesystem::exists(path(1)));
  EXPECT_EQ(remove(1).code(), "no-such-session");
  EXPECT_THAT(ids(get("")), ElementsAre());

  // What others put there stays, and is no session any more; a link goes, not what it leads to.
  folder.write("secret.wav", "x");
  write_call(2);
  write(2, "notes.txt", "mine");
  ASSERT_EQ(symlink(folder.file("secret.wav").c_str(), path(2, "call.wav").c_str()), 0);
  EXPECT_THAT(remove(2).body, HasSubstr("\"left\":[\"notes.txt\"]"));
  EXPECT_THAT(folder.list("recordings/" + name_of(2)), ElementsAre("notes.txt"));
  EXPECT_TRUE(std::filesystem::exists(folder.file("secret.wav")));
  EXPECT_EQ(get("/" + id_of(2)).code(), "no-such-session");

  g_mkdir(folder.file("elsewhere").c_str(), 0700);
  folder.write("elsewhere/call.json", "{}");
  ASSERT_EQ(symlink(folder.file("elsewhere").c_str(), path(3).c_str()), 0);
  EXPECT_EQ(remove(3).code(), "no-such-session");
  EXPECT_TRUE(std::filesystem::exists(folder.file("elsewhere/call.json")));
}

TEST_F(FinishedCallsTest, ADeletionIsTold) {
  write_call(1);
  write(2, "transcript.jsonl", "");
  test::SignalTestPeer reader{
      address.text(), kEventPath,
      test::SignalTestPeer::Options{.origin = {}, .protocol = kEventProtocol}};
  reader.send(R"({"type":"subscribe","events":["record-deleted"]})");
  ASSERT_TRUE(reader.wait("subscribed"));
  EXPECT_EQ(remove(2).code(), "still-written");
  EXPECT_EQ(remove(1).status, 200);
  const auto event = reader.wait("event");
  ASSERT_TRUE(event);
  EXPECT_EQ(string_member(*event, "event"), "record-deleted");
  EXPECT_EQ(string_member(*event, "session"), id_of(1));
  EXPECT_EQ(string_member(*event, "line"), "desk");
  EXPECT_EQ(string_member(*object_member(*event, "data"), "deleted"), id_of(1));
}

TEST_F(FinishedCallsTest, WhatIsStillWrittenIsNotDeleted) {
  write(1, "transcript.jsonl", "");
  write(1, "call.wav", wav());
  EXPECT_EQ(remove(1).code(), "still-written");
  EXPECT_TRUE(std::filesystem::exists(path(1, "call.wav")));
  // After a while nobody does any more.
  const utimbuf old{.actime = time(nullptr) - 120, .modtime = time(nullptr) - 120};
  for (const char* file : {"transcript.jsonl", "call.wav"})
    ASSERT_EQ(utime(path(1, file).c_str(), &old), 0);
  EXPECT_EQ(remove(1).status, 200);
  EXPECT_FALSE(std::filesystem::exists(path(1)));
}

// However many there are, a page is read quickly, and pages are complete. The bound is generous: a
// folder read for each page would take many times as long.
TEST_F(FinishedCallsTest, TenThousandCalls) {
  constexpr unsigned kCalls = 10'000;
  const std::string first = folder.write("first.json", R"({"line":"first"})");
  const std::string other = folder.write("other.json", R"({"line":"other"})");
  for (unsigned i = 0; i < kCalls; ++i) {
    ASSERT_EQ(g_mkdir(path(i).c_str(), 0700), 0);
    ASSERT_EQ(link((i == 0 ? first : other).c_str(), path(i, "call.json").c_str()), 0);
  }
  const gint64 begin = g_get_monotonic_time();
  EXPECT_THAT(ids(get("?limit=1")), ElementsAre(id_of(kCalls - 1)));
  EXPECT_THAT(ids(get("?line=first")), ElementsAre(id_of(0)));
  std::size_t seen = 0;
  std::string next, last = "g";  // behind every id
  do {
    const auto page = ids(get("?limit=200" + (next.empty() ? "" : "&before=" + next)), &next);
    for (const std::string& id : page) EXPECT_GT(std::exchange(last, id), id);
    seen += page.size();
  } while (!next.empty());
  EXPECT_EQ(seen, kCalls);
  EXPECT_EQ(get("/" + id_of(5)).status, 200);
  EXPECT_LT(g_get_monotonic_time() - begin, 60 * G_USEC_PER_SEC);
}

// Longer than what sockets take on their way.
constexpr std::uint64_t kLong = 64 * 1024 * 1024;

TEST_F(FinishedCallsTest, WhoNeverReadsHoldsNobodyUp) {
  write_call(1);
  write(1, "call.wav", wav());
  std::filesystem::resize_file(path(1, "call.wav"), kLong);
  const std::string request = "GET /api/v1/sessions/" + id_of(1) +
                              "/recording HTTP/1.1\r\nHost: " + address.text() + "\r\n\r\n";
  std::vector<std::unique_ptr<ApiConnection>> idle;
  for (std::size_t i = 0; i < FileSender::kMost; ++i)
    idle.push_back(std::make_unique<ApiConnection>(address, request));
  // All the others are answered, and one recording more is not begun.
  ASSERT_TRUE(test::wait_for(
      [&] { return get("/" + id_of(1) + "/recording", "Range: bytes=0-3\r\n").status == 503; }));
  const ApiReply busy = get("/" + id_of(1) + "/recording", "Range: bytes=0-3\r\n");
  EXPECT_EQ(busy.code(), "busy");
  EXPECT_THAT(busy.head, HasSubstr("Retry-After"));
  EXPECT_EQ(get("/" + id_of(1)).status, 200);
  EXPECT_EQ(get("/" + id_of(1) + "/waveform").status, 200);
  // They go, and their places are free.
  idle.clear();
  EXPECT_TRUE(test::wait_for(
      [&] { return get("/" + id_of(1) + "/recording", "Range: bytes=0-3\r\n").status == 206; }));
}

TEST_F(FinishedCallsTest, AFileThatVanishesIsSentToItsEnd) {
  write_call(1);
  write(1, "call.wav", wav());
  std::filesystem::resize_file(path(1, "call.wav"), kLong / 4);
  ApiConnection connection{address, "GET /api/v1/sessions/" + id_of(1) +
                                        "/recording HTTP/1.1\r\nHost: " + address.text() +
                                        "\r\n\r\n"};
  ASSERT_TRUE(test::wait_for([&] { return !connection.read(0.001).empty(); }));
  std::filesystem::remove_all(path(1));
  EXPECT_EQ(test::api_reply(connection.read(60)).body.size(), kLong / 4);
}

TEST_F(FinishedCallsTest, AFileThatBecomesShorterIsNoCompleteAnswer) {
  write_call(1);
  write(1, "call.wav", wav());
  std::filesystem::resize_file(path(1, "call.wav"), kLong);
  ApiConnection connection{address, "GET /api/v1/sessions/" + id_of(1) +
                                        "/recording HTTP/1.1\r\nHost: " + address.text() +
                                        "\r\n\r\n"};
  ASSERT_TRUE(test::wait_for([&] { return !connection.read(0.001).empty(); }));
  std::filesystem::resize_file(path(1, "call.wav"), 100);
  // The connection ends at once.
  const ApiReply reply = test::api_reply(connection.read(60));
  EXPECT_THAT(reply.head, HasSubstr("Content-Length: " + std::to_string(kLong)));
  EXPECT_LT(reply.body.size(), kLong);
  EXPECT_EQ(get("/" + id_of(1)).status, 200);
}

}  // namespace
}  // namespace jackfield
