#include "conf/core/conf.hpp"

#include <gtest/gtest.h>

#include "scenario/core/source_position.hpp"

namespace jackfield {
namespace {

Conf good(std::string_view text) {
  std::vector<TextError> errors;
  Conf conf = read_conf(text, errors);
  EXPECT_TRUE(errors.empty()) << errors.front().message;
  return conf;
}

using Lines = std::vector<std::string>;

// "LINE: message; hint" of each error.
Lines wrong(std::string_view text) {
  std::vector<TextError> errors;
  read_conf(text, errors);
  Lines lines;
  for (const TextError& error : errors)
    lines.push_back(std::to_string(position_of(text, error.offset).line) + ": " + error.message +
                    (error.hint.empty() ? "" : "; " + error.hint));
  return lines;
}

// Of a key in [server], and of one in a line.
Lines wrong_server(const std::string& key) {
  return wrong("[line a]\npipeline=a.gst\n[server]\n" + key + "\n");
}
Lines wrong_line(const std::string& key) {
  return wrong("[line a]\npipeline=a.gst\n" + key + "\n");
}

TEST(ConfTest, TheSmallest) {
  const Conf conf = good("[line a]\npipeline=a.gst\n");
  ASSERT_EQ(conf.lines.size(), 1u);
  EXPECT_EQ(conf.lines[0].name, "a");
  EXPECT_EQ(conf.lines[0].pipeline, "a.gst");
  EXPECT_FALSE(conf.lines[0].max_calls);
  EXPECT_TRUE(conf.server_offsets.empty());
  EXPECT_EQ(conf.server.listen, "127.0.0.1:8080");
  EXPECT_EQ(conf.server.max_calls, 200u);
}

TEST(ConfTest, EverySettingOfTheServer) {
  const Conf conf = good(
      "[server]\nlisten=0.0.0.0:443\npublic-url=https://x.example\ntls-certificate=c.pem\n"
      "tls-key=k.pem\nrecordings=r\nevents=-\nenv-file=.env\ntrusted-proxies=10.0.0.1, ::1\n"
      "ice-servers=stun:a:1 "
      "stun:b:2\nallowed-origins=https://a.example\nmedia-addresses=127.0.0.1\n"
      "media-ports=40000-40100\nrelay-only=true\nrequire-token=true\ndrain=0\nmax-calls=7\n"
      "max-call-duration=0\nstart-timeout=5\nmax-pending=9\nmax-pending-per-address=3\n"
      "state=s.sqlite\naudit-log=a.jsonl\nmax-tasks=2\nmax-waiting-tasks=0\n"
      "callers=c.sqlite\ncaller-retention=30\n"
      "[line a]\npipeline=a.gst\n");
  const ServerSettings& server = conf.server;
  EXPECT_EQ(server.listen, "0.0.0.0:443");
  EXPECT_EQ(server.public_url, "https://x.example");
  EXPECT_EQ(server.tls_certificate + server.tls_key, "c.pemk.pem");
  EXPECT_EQ(server.recordings + server.events + server.env_file, "r-.env");
  EXPECT_EQ(server.trusted_proxies, (Lines{"10.0.0.1", "::1"}));
  EXPECT_EQ(server.ice_servers, (Lines{"stun:a:1", "stun:b:2"}));
  EXPECT_EQ(server.allowed_origins, Lines{"https://a.example"});
  EXPECT_EQ(server.media_addresses, Lines{"127.0.0.1"});
  EXPECT_EQ(server.media_ports, "40000-40100");
  EXPECT_TRUE(server.relay_only && server.require_token);
  EXPECT_EQ(server.drain, 0u);
  EXPECT_EQ(server.max_calls, 7u);
  EXPECT_EQ(server.max_call_duration, 0u);
  EXPECT_EQ(server.start_timeout, 5u);
  EXPECT_EQ(server.max_pending, 9u);
  EXPECT_EQ(server.max_pending_per_address, 3u);
  EXPECT_EQ(server.state, "s.sqlite");
  EXPECT_EQ(server.audit_log, "a.jsonl");
  EXPECT_EQ(server.max_tasks, 2u);
  EXPECT_EQ(server.max_waiting_tasks, 0u);
  EXPECT_EQ(server.callers, "c.sqlite");
  EXPECT_EQ(server.caller_retention, 30u);
  // As many as the tables have: none is left out here.
  EXPECT_EQ(conf.server_offsets.size(), kNumberSettings.size() + kTextSettings.size() +
                                            kListSettings.size() + kFlagSettings.size());
}

TEST(ConfTest, EverySettingOfALine) {
  const Conf conf = good(
      "[line front-desk_2]\npipeline=a.gst\nprofile=local\nnumbers=+1 (555) 010-0001, "
      "12345;client:anna\nmax-calls=3\nmax-call-duration=60\ncallers=of-this.db\nVOICE=a "
      "b=c\nLLM_2=\n");
  ASSERT_EQ(conf.lines.size(), 1u);
  const LineConf& line = conf.lines[0];
  EXPECT_EQ(line.name, "front-desk_2");
  EXPECT_EQ(line.profile, "local");
  EXPECT_EQ(line.numbers, (Lines{"+15550100001", "12345", "client:anna"}));
  EXPECT_EQ(line.max_calls, 3u);
  EXPECT_EQ(line.max_call_duration, 60u);
  EXPECT_EQ(line.callers, "of-this.db");
  EXPECT_EQ(line.variables, (Variables::Map{{"VOICE", "a b=c"}, {"LLM_2", ""}}));
}

TEST(ConfTest, UnknownNamesHaveTheNearest) {
  EXPECT_EQ(wrong_server("max-cals=3"),
            Lines{"4: [server] has no 'max-cals'; did you mean 'max-calls' or 'max-tasks'?"});
  EXPECT_EQ(wrong_line("pipelin=3"), Lines{"3: a line has no 'pipelin'; did you mean 'pipeline'?"});
  EXPECT_EQ(wrong_line("voice=3"),
            Lines{"3: a line has no 'voice'; there are pipeline, profile, numbers, max-calls, "
                  "max-call-duration, rooms, pins, open-rooms, agents, room-size, tasks, "
                  "callers, people, ring-timeout, ask-timeout, and variables, whose names are in "
                  "capitals"});
  EXPECT_EQ(wrong_line("listen=3"), Lines{"3: a line has no 'listen'; it belongs into [server]"});
  EXPECT_EQ(wrong_server("numbers=+1555"),
            Lines{"4: [server] has no 'numbers'; it belongs into a [line NAME]"});
  EXPECT_EQ(wrong_server("VOICE=x"),
            Lines{"4: [server] has no 'VOICE'; a variable belongs to a [line NAME]"});
  EXPECT_EQ(wrong("[servr]\n[line a]\npipeline=a"),
            Lines{"1: there is no section [servr]; did you mean '[server]'?"});
  EXPECT_EQ(wrong("[lines a]\npipeline=a\n"),
            Lines{"1: there is no section [lines a]; did you mean '[line a]'?"});
  EXPECT_EQ(wrong("[zzz]\n"), Lines{"1: there is no section [zzz]; there are [server], "
                                    "[line NAME], [person NAME], [task NAME], [schedule NAME]"});
}

TEST(ConfTest, SecretsAreElsewhere) {
  const std::string text = " looks like a secret, and secrets are not in this file; write ";
  const std::string into = " into the file .env beside it, or set it in the environment";
  EXPECT_EQ(wrong_server("token-secret=x"),
            Lines{"4: 'token-secret'" + text + "TOKEN_SECRET=..." + into +
                  "; did you mean 'JACKFIELD_TOKEN_SECRET'?"});
  EXPECT_EQ(wrong_server("TWILIO_AUTH_TOKEN=x"),
            Lines{"4: 'TWILIO_AUTH_TOKEN'" + text + "TWILIO_AUTH_TOKEN=..." + into});
  EXPECT_EQ(wrong_line("OPENAI_API_KEY=sk-x"),
            Lines{"3: 'OPENAI_API_KEY'" + text + "OPENAI_API_KEY=..." + into});
}

TEST(ConfTest, ValuesOutOfRange) {
  for (const std::string value : {"0", "100001", "-1", "1.5", "many", "99999999999999999999"})
    EXPECT_EQ(
        wrong_server("max-calls=" + value),
        Lines{"4: '" + value +
              "' is not a value for 'max-calls'; it must be a whole number from 1 to 100000"});
  EXPECT_EQ(wrong_line("max-call-duration=5 # s"),
            Lines{"3: '5 # s' is not a value for 'max-call-duration'; it must be a whole number "
                  "from 0 to 604800 (seconds); a comment has a line of its own"});
  EXPECT_EQ(wrong_server("relay-only=yes"),
            Lines{"4: 'yes' is not a value for 'relay-only'; it must be true or false"});
  EXPECT_EQ(wrong_server("listen="), Lines{"4: 'listen' has no value; write one, or take it away"});
  EXPECT_EQ(wrong_server("tls-key=k"), Lines{"4: 'tls-key' needs 'tls-certificate' beside it"});
}

TEST(ConfTest, LinesThatAreNone) {
  EXPECT_EQ(wrong(""), Lines{"1: there is no line in this file; a line is a section [line NAME] "
                             "with pipeline=FILE.gst"});
  EXPECT_EQ(wrong("[line]\npipeline=a"), Lines{"1: this line has no name; write [line NAME]"});
  EXPECT_EQ(wrong("[line a/b]\npipeline=a"),
            Lines{"1: 'a/b' is no name for a line; a name has letters, digits, '-' and '_', at "
                  "most 64"});
  EXPECT_EQ(wrong("[line a]\npipeline=a\n[line  a]\npipeline=b"),
            Lines{"3: the line 'a' is there already; give one of them another name"});
  EXPECT_EQ(wrong("[line a]\nA=1"), Lines{"1: the line 'a' has no pipeline; write "
                                          "pipeline=FILE.gst"});
  EXPECT_EQ(wrong_line("HERE=x"), Lines{"3: the variable HERE is jackfield's own"});
}

TEST(ConfTest, NumbersBelongToOneLine) {
  EXPECT_EQ(wrong_line("numbers=+1 555 010 0001, what"),
            Lines{"3: 'what' is no number that can be called; numbers look like +15552223333 and "
                  "have commas between them; client:NAME and sip:USER@HOST are good as well"});
  EXPECT_EQ(
      wrong("[line a]\npipeline=a\nnumbers=+15550001\n[line b]\npipeline=b\n"
            "numbers=+1 555 0001\n"),
      Lines{"6: the number +15550001 stands already on line 3; a number belongs to one line"});
}

TEST(ConfTest, EveryMistakeIsTold) {
  EXPECT_EQ(wrong("[server]\nmax-calls=x\nfoo=1\n[line a]\nbar=1\n").size(), 4u);
}

TEST(ConfTest, RoomsOfAConference) {
  const Conf conf = good(
      "[line a]\npipeline=c.gst\nrooms=main, sales\npins=1234=main, 5678=sales,9999=main:speaker\n"
      "open-rooms=true\nagents=2\nroom-size=12\n");
  const LineConf& line = conf.lines.at(0);
  EXPECT_EQ(line.rooms.rooms, (std::vector<std::string>{"main", "sales"}));
  ASSERT_EQ(line.rooms.pins.size(), 3u);
  EXPECT_EQ(line.rooms.pins[1], (conference::Pin{.digits = "5678", .room = "sales"}));
  EXPECT_TRUE(line.rooms.pins[2].speaker);
  EXPECT_TRUE(line.rooms.open_rooms);
  EXPECT_EQ(line.agents, 2u);
  EXPECT_EQ(line.room_size, 12u);
}

TEST(ConfTest, RoomsThatCannotBe) {
  EXPECT_EQ(wrong_line("rooms=main, Sales"),
            Lines{"3: 'Sales' is no name for a room; a name has small letters, digits and '-', at "
                  "most 32, and commas stand between them"});
  EXPECT_EQ(wrong_line("rooms=main main"), Lines{"3: the room 'main' stands there twice"});
  EXPECT_EQ(wrong_line("pins=12=main"),
            Lines{"3: '12=main' is no PIN: a PIN has 4 to 12 digits; PINs look like this: "
                  "1234=main, 5678=sales, 9999=main:speaker"});
  EXPECT_EQ(wrong_line("pins=1234=main 1234=sales"),
            Lines{"3: the PIN 1234 stands there twice; each room has PINs of its own"});
  EXPECT_EQ(wrong_line("rooms=main\npins=1234=mian"),
            Lines{"4: the PIN 1234 is for 'mian', which is not in 'rooms'; did you mean 'main'?"});
  EXPECT_EQ(wrong_line("rooms=1234\npins=1234=1234"),
            Lines{"4: the PIN 1234 is also the name of a room"});
  EXPECT_EQ(wrong_line("agents=3\nroom-size=3"),
            Lines{"3: so many agents leave no seat for anybody else ('room-size')"});
  EXPECT_EQ(wrong_line("room-size=1"),
            Lines{"3: '1' is not a value for 'room-size'; it must be a whole number from 2 to "
                  "255"});
}

TEST(ConfTest, PeopleOfALine) {
  const Conf conf = good(
      "[line a]\npipeline=a\npeople=anna, bob\nring-timeout=20\nask-timeout=90\n"
      "[person anna]\nphone=+1 (555) 222-4444\ndescription=decides on refunds\nlanguage=de-CH\n"
      "hours=mon-fri 09:00-17:00\ntime-zone=Europe/Zurich\n[person bob]\n");
  EXPECT_EQ(conf.lines[0].people, (Lines{"anna", "bob"}));
  EXPECT_EQ(conf.lines[0].ring_timeout, 20u);
  EXPECT_EQ(conf.lines[0].ask_timeout, 90u);
  ASSERT_EQ(conf.people.size(), 2u);
  const people::Person& anna = conf.people[0].person;
  EXPECT_EQ(anna.phone, "+15552224444");
  EXPECT_EQ(anna.description, "decides on refunds");
  EXPECT_EQ(anna.language, "de-CH");
  EXPECT_TRUE(anna.hours && anna.hours->contains(1, 9 * 60));
  EXPECT_EQ(anna.time_zone, "Europe/Zurich");
  EXPECT_EQ(conf.people[1].person.phone, "");
}

TEST(ConfTest, PeopleThatCannotBe) {
  const auto wrong_person = [](const std::string& keys) {
    return wrong("[line a]\npipeline=a\n[person anna]\n" + keys);
  };
  EXPECT_EQ(wrong_person("phone=5552224444"),
            Lines{"4: '5552224444' is no telephone number of a person; it begins with + and the "
                  "country: +15552223333"});
  for (const char* number : {"+1555x", "client:anna", "sip:a@b", "+1", "+1234567890123456"})
    EXPECT_EQ(wrong_person(std::string{"phone="} + number).size(), 1u) << number;
  EXPECT_EQ(wrong_person("phon=+15552224444"),
            Lines{"4: a person has no 'phon'; did you mean 'phone'?"});
  EXPECT_EQ(wrong_person("hours=always"),
            Lines{"4: these are no hours: 'always' is no day and time; they look like mon-fri "
                  "09:00-17:00, sat 10:00-12:00"});
  EXPECT_EQ(wrong_person("language=german!"),
            Lines{"4: 'german!' is no language; it looks like de or de-CH"});
  EXPECT_EQ(wrong_person("time-zone=Europe/Zurich"),
            Lines{"4: 'time-zone' is for 'hours', and there are none; write hours=mon-fri "
                  "09:00-17:00, or take it away"});
  EXPECT_EQ(wrong_person("phone="), Lines{"4: 'phone' has no value; write one, or take it away"});
  EXPECT_EQ(wrong_person("description=" + std::string(501, 'x')),
            Lines{"4: this description is too long; at most 500 bytes"});
  EXPECT_EQ(wrong_line("people=anna"),
            Lines{"3: there is no person 'anna'; write a section [person anna]"});
  EXPECT_EQ(wrong("[line a]\npipeline=a\npeople=ana\n[person anna]\n"),
            Lines{"3: there is no person 'ana'; did you mean 'anna'?"});
  EXPECT_EQ(wrong_line("ring-timeout=20"),
            Lines{"3: 'ring-timeout' is for 'people', and there are none"});
  EXPECT_EQ(wrong("[line a]\npipeline=a\npeople=anna\nring-timeout=61\n[person anna]\n").size(),
            1u);
  EXPECT_EQ(wrong("[line a]\npipeline=a\n[person a b]\n").size(), 1u);
  EXPECT_EQ(wrong("[line a]\npipeline=a\n[person]\n").size(), 1u);
}

TEST(ConfTest, NamesThatCanBePartOfAUrl) {
  for (const char* name : {"a", "front-desk", "A_1", "0"}) EXPECT_TRUE(is_line_name(name)) << name;
  for (const std::string& name : {std::string{}, std::string{"a b"}, std::string{"ä"},
                                  std::string{"a.b"}, std::string{".."}, std::string(65, 'a')})
    EXPECT_FALSE(is_line_name(name)) << name;
}

}  // namespace
}  // namespace jackfield
