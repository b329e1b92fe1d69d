// Rooms of conferences over the control API: who sits there, what can be done to them, what is told
// of them, and what becomes of the voice of a session that has a seat.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../webrtc/signal_test_peer.hpp"
#include "api_client.hpp"
#include "control/control.hpp"
#include "fake_rooms.hpp"
#include "json_members.hpp"

namespace jackfield {
namespace {

using test::api_request;
using test::ApiReply;
using test::SignalTestPeer;
using test::wait_for;
using testing::ElementsAre;
using testing::HasSubstr;

class RoomsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void SetUp() override {
    std::string error;
    ASSERT_TRUE(server.listen(address, error)) << error;
    control.directory().add_line({.name = "meet", .scenario = "meet.gst", .kind = "conference"});
    control.set_rooms(&rooms);
    rooms.open("r1", "main");
    for (const char* id : {"a1", "b2"}) control.directory().opened_as(id, "meet", "", "", "phone");
    rooms.sit("r1", "a1", "phone", "+1555");
    rooms.sit("r1", "b2", "browser");
  }
  ~RoomsTest() override { control.set_rooms(nullptr); }

  ApiReply get(const std::string& target) {
    return api_request(address, "GET", "/api/v1" + target, {}, "");
  }
  ApiReply send(const std::string& method, const std::string& target, const std::string& body) {
    return api_request(address, method, "/api/v1" + target, body);
  }
  ApiReply patch(const std::string& session, const std::string& body) {
    return send("PATCH", "/rooms/r1/seats/" + session, body);
  }
  JsonValue session(const std::string& id) { return read_json(get("/sessions/" + id).body); }

  std::unique_ptr<SignalTestPeer> reader(const std::string& message) {
    auto peer = std::make_unique<SignalTestPeer>(
        address.text(), kEventPath,
        SignalTestPeer::Options{.origin = {}, .protocol = kEventProtocol});
    peer->send(message);
    EXPECT_TRUE(peer->wait("subscribed"));
    return peer;
  }
  // The next event of this name.
  static JsonValue event(SignalTestPeer& peer, std::string_view name) {
    while (auto message = peer.wait("event"))
      if (string_member(*message, "event") == name) return *message;
    ADD_FAILURE() << name << " did not come";
    return {};
  }
  static const JsonValue& at(const JsonValue& object, std::string_view name) {
    static const JsonValue kNothing;
    const JsonValue* value = object.find(name);
    EXPECT_TRUE(value) << name;
    return value ? *value : kNothing;
  }

  test::TemporaryFolder folder;
  test::FakeRooms rooms;
  HttpServer server{{.connections = 200, .per_address = 200}};
  ListenAddress address{.host = "127.0.0.1", .port = 0};
  LocalSessionRegistry registry{4};
  Refusals refusals;
  Control control{
      {.access = {}, .max_sessions = 4, .recordings = folder.path(), .scenarios = {}, .runs = {}},
      server,
      registry,
      refusals};
};

TEST_F(RoomsTest, WhoSitsThere) {
  const JsonValue all = read_json(get("/rooms").body);
  ASSERT_EQ(at(all, "rooms").items.size(), 1u);
  for (const char* by : {"r1", "main"}) {
    const JsonValue room = read_json(get(std::string{"/rooms/"} + by).body);
    EXPECT_EQ(string_member(room, "id"), "r1");
    EXPECT_EQ(string_member(room, "name"), "main");
    EXPECT_EQ(string_member(room, "line"), "meet");
    EXPECT_EQ(string_member(room, "opened-at"), "2023-11-14T22:13:20.000Z");
    EXPECT_EQ(number_member(room, "size"), 3);
    EXPECT_EQ(number_member(room, "peak"), -12.3);
    EXPECT_EQ(number_member(room, "block-ms"), 0.015);
    ASSERT_EQ(at(room, "seats").items.size(), 2u);
    const JsonValue& seat = at(room, "seats").items[0];
    EXPECT_EQ(string_member(seat, "session"), "a1");
    EXPECT_EQ(string_member(seat, "name"), "+1555");
    EXPECT_EQ(string_member(seat, "hears"), "all");
    EXPECT_EQ(number_member(seat, "level"), -100);
  }
  EXPECT_EQ(get("/rooms/nowhere").code(), "no-such-room");
  // A name that two have is nobody's.
  rooms.open("r2", "main");
  EXPECT_EQ(get("/rooms/main").status, 404);
  EXPECT_EQ(get("/rooms/r2").status, 200);
}

TEST_F(RoomsTest, AServerWithoutConferencesHasNone) {
  control.set_rooms(nullptr);
  EXPECT_EQ(rooms.listeners(), 0u);
  EXPECT_EQ(get("/rooms").body, "{\"rooms\":[]}\n");
  EXPECT_EQ(get("/rooms/r1").code(), "no-such-room");
  EXPECT_EQ(patch("a1", R"({"mute":true})").code(), "no-such-room");
  EXPECT_EQ(send("DELETE", "/rooms/r1", "").code(), "no-such-room");
  EXPECT_EQ(send("POST", "/rooms/r1/agents", "").code(), "no-such-room");
}

TEST_F(RoomsTest, ASeatIsChanged) {
  const ApiReply reply = patch("a1", R"({"mute":true,"gain":-6,"hears":{"only":["b2"]}})");
  EXPECT_EQ(reply.status, 200) << reply.body;
  const JsonValue seat = read_json(reply.body);
  EXPECT_TRUE(true_member(seat, "muted"));
  EXPECT_EQ(number_member(seat, "gain"), -6);
  EXPECT_EQ(at(at(seat, "hears"), "only").items[0].string, "b2");
  EXPECT_THAT(patch("a1", R"({"hears":{"all-but":["b2"]}})").body,
              HasSubstr(R"("hears":{"all-but":["b2"]})"));
  EXPECT_THAT(patch("a1", R"({"hears":"all"})").body, HasSubstr(R"("hears":"all")"));
  EXPECT_EQ(rooms.seat("r1", "b2")->muted, false);
}

TEST_F(RoomsTest, GainsAreToldAsTheyWereAsked) {
  for (const double gain : {-0.9999999999999997, -1.0000000000000002}) {
    rooms.seat("r1", "a1")->gain_db = gain;
    EXPECT_THAT(get("/rooms/r1").body, HasSubstr("\"gain\":-1,"));
  }
  rooms.seat("r1", "a1")->gain_db = -0.0000001;
  EXPECT_THAT(get("/rooms/r1").body, HasSubstr("\"gain\":0,"));
}

TEST_F(RoomsTest, OutAndOver) {
  EXPECT_EQ(send("DELETE", "/rooms/main/seats/a1", R"({"reason":"too loud"})").status, 202);
  EXPECT_EQ(rooms.seat("r1", "a1"), nullptr);
  EXPECT_EQ(send("DELETE", "/rooms/main/seats/a1", "").code(), "no-such-seat");
  EXPECT_EQ(send("POST", "/rooms/main/agents", "{}").status, 202);
  EXPECT_NE(rooms.seat("r1", "agent1"), nullptr);
  EXPECT_EQ(send("DELETE", "/rooms/main", "").status, 202);
  EXPECT_EQ(send("DELETE", "/rooms/main", "").code(), "no-such-room");
  EXPECT_EQ(get("/rooms").body, "{\"rooms\":[]}\n");
}

TEST_F(RoomsTest, WhatCannotBeDoneHasACode) {
  const std::pair<const char*, int> codes[] = {{"room-full", 409},    {"no-agent", 409},
                                               {"out-of-range", 400}, {"stopping", 503},
                                               {"failed", 500},       {"no-such-room", 404}};
  for (const auto& [code, status] : codes) {
    rooms.fail(code);
    const ApiReply reply = send("POST", "/rooms/r1/agents", "");
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.code(), code);
  }
}

TEST_F(RoomsTest, MistakesChangeNothing) {
  for (const char* body :
       {"{}", R"({"mute":"yes"})", R"({"mute":1})", R"({"gain":"loud"})", R"({"gain":21})",
        R"({"gain":1e999})", R"({"hears":true})", R"({"hears":["b2"]})",
        R"({"hears":{"only":["b2"],"more":1}})", R"({"mute":true,"kick":true})", "[]", "null",
        R"({"mute":true)", R"({"mute":true,"mute":false})"})
    EXPECT_EQ(patch("a1", body).status, 400) << body;
  EXPECT_THAT(patch("a1", R"({"mutes":true})").body, HasSubstr("did you mean 'mute'"));
  EXPECT_THAT(patch("a1", R"({"hears":3})").body, HasSubstr("a string or an object"));
  EXPECT_EQ(send("DELETE", "/rooms/r1", "{\"reason\":\"" + std::string(201, 'x') + "\"}").status,
            400);
  EXPECT_EQ(send("DELETE", "/rooms/r1/seats/a1", R"({"force":true})").status, 400);
  EXPECT_EQ(send("POST", "/rooms/r1/agents", R"({"name":"Jack"})").status, 400);
  // A form of a foreign page.
  const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
  for (const char* method : {"PATCH", "DELETE"})
    EXPECT_EQ(
        api_request(address, method, "/api/v1/rooms/r1/seats/a1", R"({"mute":true})", form).status,
        415);
  EXPECT_EQ(api_request(address, "DELETE", "/api/v1/rooms/r1", "", form).status, 415);
  EXPECT_EQ(api_request(address, "PATCH", "/api/v1/rooms/r1/seats/a1", R"({"mute":true})",
                        "Content-Type: application/json\r\nOrigin: http://evil.example\r\n")
                .status,
            403);
  for (const char* target :
       {"/rooms/.hidden", "/rooms/r1/seats/", "/rooms/r1/seats/a1/x", "/rooms/"})
    EXPECT_EQ(get(target).status, 404) << target;
  for (const char* target : {"/rooms/..%2fr1", "/rooms/r1/seats/a1%00"})
    EXPECT_EQ(get(target).status, 400) << target;
  EXPECT_EQ(get("/rooms/" + std::string(65, 'r')).status, 404);
  EXPECT_EQ(get("/rooms/r1/seats/a1").status, 405);
  EXPECT_EQ(get("/rooms?all=1").code(), "bad-query");
  EXPECT_EQ(send("PATCH", "/rooms/r1/seats/zz", R"({"mute":true})").code(), "no-such-seat");
  EXPECT_EQ(send("PATCH", "/rooms/zz/seats/a1", R"({"mute":true})").code(), "no-such-room");
  EXPECT_FALSE(rooms.seat("r1", "a1")->muted);
  EXPECT_EQ(rooms.seat("r1", "a1")->gain_db, 0);
  EXPECT_TRUE(rooms.seat("r1", "a1")->hears.all);
}

TEST_F(RoomsTest, EventsTellWhatHappens) {
  const auto peer = reader(R"({"type":"subscribe"})");
  rooms.open("r2", "sales");
  const JsonValue opened = event(*peer, "room-opened");
  EXPECT_EQ(string_member(opened, "session"), "r2");
  EXPECT_EQ(string_member(opened, "line"), "meet");
  EXPECT_EQ(string_member(at(opened, "data"), "name"), "sales");
  rooms.sit("r2", "c3", "phone", "+1777");
  const JsonValue joined = event(*peer, "seat-joined");
  EXPECT_EQ(string_member(joined, "session"), "r2");
  EXPECT_EQ(string_member(at(at(joined, "data"), "room"), "name"), "sales");
  EXPECT_EQ(string_member(at(at(joined, "data"), "seat"), "name"), "+1777");
  EXPECT_EQ(patch("a1", R"({"gain":3})").status, 200);
  const JsonValue changed = event(*peer, "seat-changed");
  EXPECT_EQ(string_member(changed, "session"), "r1");
  EXPECT_EQ(number_member(at(at(changed, "data"), "seat"), "gain"), 3);
  EXPECT_EQ(send("DELETE", "/rooms/r2", R"({"reason":"the office closes"})").status, 202);
  const JsonValue left = event(*peer, "seat-left");
  EXPECT_EQ(string_member(at(left, "data"), "reason"), "the office closes");
  const JsonValue ended = event(*peer, "room-ended");
  EXPECT_EQ(string_member(at(ended, "data"), "reason"), "the office closes");
  EXPECT_EQ(string_member(at(ended, "data"), "id"), "r2");
}

TEST_F(RoomsTest, LevelsGoToThoseWhoNameTheRoom) {
  const auto all = reader(R"({"type":"subscribe"})");
  const auto named = reader(R"({"type":"subscribe","sessions":["r1"],"events":["room-levels"]})");
  rooms.seat("r1", "b2")->level_db = -17.77;
  rooms.seat("r1", "b2")->voice = true;
  rooms.seat("r1", "a1")->ducked_db = -10.5;
  const JsonValue first = event(*named, "room-levels");
  const JsonValue levels = event(*named, "room-levels");
  EXPECT_EQ(number_member(at(levels, "data"), "peak"), -12.3);
  EXPECT_EQ(number_member(at(levels, "data"), "distinct"), 2.5);
  const auto& seats = at(at(levels, "data"), "seats").items;
  ASSERT_EQ(seats.size(), 2u);
  EXPECT_EQ(number_member(seats[0], "ducked"), -10.5);
  EXPECT_EQ(string_member(seats[1], "session"), "b2");
  EXPECT_EQ(number_member(seats[1], "level"), -17.8);
  EXPECT_TRUE(true_member(seats[1], "voice"));
  // Of the other reader's events none was such a one.
  rooms.open("r2", "sales");
  while (const auto message = all->wait("event")) {
    EXPECT_NE(string_member(*message, "event"), "room-levels");
    if (string_member(*message, "event") == "room-opened") break;
  }
  // Nobody asks: no room is looked at.
  named->send(R"({"type":"subscribe","sessions":["zz"],"events":["room-levels"]})");
  ASSERT_TRUE(named->wait("subscribed"));
  const std::size_t before = rooms.questions;
  wait_for([] { return false; }, 0.7);
  EXPECT_EQ(rooms.questions, before);
}

TEST_F(RoomsTest, ASessionKnowsItsRoomAndHowItIsHeardThere) {
  EXPECT_EQ(string_member(at(session("a1"), "room"), "id"), "r1");
  EXPECT_EQ(string_member(at(session("a1"), "room"), "name"), "main");
  EXPECT_EQ(patch("a1", R"({"mute":true,"gain":-6})").status, 200);
  EXPECT_TRUE(true_member(at(session("a1"), "muted"), "caller"));
  EXPECT_EQ(number_member(at(session("a1"), "gain"), "caller"), -6);
  control.directory().opened_as("agent1", "meet", "", "", "agent");
  EXPECT_EQ(send("POST", "/rooms/r1/agents", "").status, 202);
  EXPECT_EQ(patch("agent1", R"({"mute":true})").status, 200);
  EXPECT_TRUE(true_member(at(session("agent1"), "muted"), "agent"));
  EXPECT_FALSE(true_member(at(session("agent1"), "muted"), "caller"));
  EXPECT_EQ(send("DELETE", "/rooms/r1/seats/a1", "").status, 202);
  EXPECT_TRUE(at(session("a1"), "room").is(JsonValue::Kind::kNull));
}

TEST_F(RoomsTest, SeatsAreCountedByLineAndKind) {
  if (!PrometheusMetrics::available()) GTEST_SKIP();
  const std::string text = api_request(address, "GET", "/metrics", {}, "").body;
  EXPECT_THAT(text, HasSubstr("jackfield_rooms{line=\"meet\"} 1"));
  EXPECT_THAT(text, HasSubstr("jackfield_seats{line=\"meet\",kind=\"phone\"} 1"));
  EXPECT_THAT(text, HasSubstr("jackfield_seats{line=\"meet\",kind=\"browser\"} 1"));
  EXPECT_THAT(text, HasSubstr("jackfield_seats{line=\"meet\",kind=\"agent\"} 0"));
  EXPECT_THAT(text, HasSubstr("jackfield_mixer_block_seconds{line=\"meet\"} 1.5e-05"));
  EXPECT_EQ(rooms.end("r1", "x").ok(), true);
  EXPECT_THAT(api_request(address, "GET", "/metrics", {}, "").body,
              HasSubstr("jackfield_rooms{line=\"meet\"} 0"));
}

// A session with a pipeline, whose voice is heard in the room.
class SeatedVoiceTest : public RoomsTest {
 protected:
  void SetUp() override {
    RoomsTest::SetUp();
    const std::string path =
        folder.write("seat.gst",
                     "audiotestsrc is-live=true ! audio/x-raw,format=S16LE,rate=8000,"
                     "channels=1 ! fakesink\n");
    std::string error;
    auto file = PipelineFile::read(path, error);
    ASSERT_TRUE(file) << error;
    manager.emplace(SessionManager::Config{.line = "meet",
                                           .kind = "phone",
                                           .file = *std::move(file),
                                           .variables = {},
                                           .recordings = folder.path(),
                                           .limits = {}},
                    registry);
    control.add_line({.name = "desk", .scenario = "seat.gst", .kind = "once"}, *manager);
    const auto started = manager->start(SessionSetup{}, error);
    ASSERT_TRUE(started) << error;
    id = started->id();
    ASSERT_TRUE(wait_for([&] { return string_member(session(id), "state") == "running"; }));
  }
  void TearDown() override {
    if (!manager) return;
    manager->abort_all("over");
    EXPECT_TRUE(wait_for([&] { return manager->idle(); }));
  }
  ApiReply act(const char* action, const std::string& body) {
    return send("POST", "/sessions/" + id + "/" + action, body);
  }
  const conference::SeatView& seat() { return *rooms.seat("r1", id); }

  std::optional<SessionManager> manager;
  std::string id;
};

TEST_F(SeatedVoiceTest, MuteAndGainOfItsVoiceGoToTheSeat) {
  rooms.sit("r1", id, "phone");
  EXPECT_EQ(act("mute", R"({"caller":true})").body,
            "{\"muted\":{\"caller\":true,\"agent\":false},\"gain\":{\"caller\":0,\"agent\":0}}\n");
  EXPECT_TRUE(seat().muted);
  EXPECT_THAT(act("gain", R"({"caller":-6})").body, HasSubstr(R"("gain":{"caller":-6)"));
  EXPECT_EQ(seat().gain_db, -6);
  EXPECT_EQ(act("mute", R"({"caller":false})").status, 200);
  EXPECT_FALSE(seat().muted);
  EXPECT_FALSE(true_member(at(session(id), "muted"), "caller"));
  // All of it or nothing: there is no other voice in this pipeline.
  EXPECT_EQ(act("mute", R"({"caller":true,"agent":true})").code(), "no-such-voice");
  EXPECT_FALSE(seat().muted);
  rooms.fail("failed");
  EXPECT_EQ(act("mute", R"({"caller":true})").status, 500);
  EXPECT_FALSE(seat().muted);
}

TEST_F(SeatedVoiceTest, AnAgentsVoiceIsTheOtherOne) {
  rooms.sit("r1", id, "agent");
  EXPECT_EQ(act("mute", R"({"agent":true})").status, 200);
  EXPECT_TRUE(seat().muted);
  // What it hears is not of the seat.
  EXPECT_EQ(act("mute", R"({"caller":true,"agent":false})").status, 200);
  EXPECT_FALSE(seat().muted);
  EXPECT_TRUE(true_member(at(session(id), "muted"), "caller"));
  // Undone when the seat refuses.
  rooms.fail("failed");
  EXPECT_EQ(act("mute", R"({"caller":false,"agent":true})").status, 500);
  EXPECT_TRUE(true_member(at(read_json(act("gain", R"({"agent":1})").body), "muted"), "caller"));
}

TEST_F(SeatedVoiceTest, WhatWasDoneBeforeItSatDownGoesWithIt) {
  EXPECT_EQ(act("mute", R"({"caller":true})").status, 200);
  EXPECT_EQ(act("gain", R"({"caller":-12})").status, 200);
  rooms.sit("r1", id, "phone");
  EXPECT_TRUE(wait_for([&] { return seat().muted && seat().gain_db == -12; }));
  EXPECT_TRUE(true_member(at(session(id), "muted"), "caller"));
  EXPECT_EQ(act("mute", R"({"caller":false})").status, 200);
  // Nothing of it is left where the voice comes in.
  EXPECT_EQ(rooms.kick("r1", id, "x").ok(), true);
  EXPECT_EQ(act("gain", R"({"caller":0})").body,
            "{\"muted\":{\"caller\":false,\"agent\":false},\"gain\":{\"caller\":0,\"agent\":0}}\n");
}

}  // namespace
}  // namespace jackfield
