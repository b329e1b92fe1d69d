// `jackfield check` of conferences: a room with the files of its seats, and what a jackfield.conf
// says about it.
#include <gtest/gtest.h>

#include "jackfield_process.hpp"
#include "phone_client.hpp"

using namespace jackfield;
using namespace jackfield::test;

namespace {

class SeatsTest : public testing::Test {
 protected:
  SeatsTest() {
    folder.write("phone.gst",
                 "twiliosrc ! mulawdec ! mixerseat name=seat seat. ! mulawenc ! "
                 "twiliosink name=${OUT:-out}");
    folder.write("browser.gst",
                 "webrtcbin name=peer audiotestsrc ! mixerseat name=seat seat. ! fakesink");
    folder.write("agent.gst", "mixerseat name=seat seat. ! identity ! seat.");
  }

  // The first line of what is wrong, without the room's name in front; "" when nothing is.
  std::string wrong_seats(const std::string& seats) {
    folder.write("room.gst", "duckingmixer seats=\"" + seats + "\"");
    const Result result = run_jackfield(folder, {"check", "room.gst"});
    if (result.code == 0) {
      EXPECT_EQ(result.out, "room.gst: ok, holds conferences\n");
      return {};
    }
    EXPECT_EQ(result.err.find("room.gst:1:20: "), 0u) << result.err;
    return result.err.substr(15, result.err.find('\n') - 15);
  }

  std::string wrong_line(const std::string& keys, const std::string& seats) {
    folder.write("room.gst", "duckingmixer max-inputs=8 seats=\"" + seats + "\"");
    folder.write("jackfield.conf", "[line a]\npipeline=room.gst\n" + keys + "\n");
    const Result result = run_jackfield(folder, {"check", "jackfield.conf"});
    return result.code == 0 ? "" : result.err;
  }

  // What a mistake in a seat begins with.
  std::string in(const std::string& file) const { return folder.file(file); }

  TemporaryFolder folder;
};

TEST_F(SeatsTest, ARoomIsCheckedWithItsSeats) {
  EXPECT_EQ(wrong_seats("phone=phone.gst browser=browser.gst agent=agent.gst"), "");
  EXPECT_EQ(wrong_seats("phone=phone.gst"), "");
  EXPECT_EQ(wrong_seats("agent=agent.gst"),
            "nobody can take part: there is neither phone=FILE nor browser=FILE");
  EXPECT_NE(wrong_seats("phone=nowhere.gst").find("the seat 'phone': "), std::string::npos);
  EXPECT_EQ(wrong_seats("phone=browser.gst"),
            in("browser.gst") + " is no seat for phone: that has a twiliosrc without port");
  EXPECT_EQ(wrong_seats("phone=phone.gst agent=phone.gst"),
            in("phone.gst") + " is no seat for agent: that has neither twiliosrc nor webrtcbin");
  EXPECT_EQ(wrong_seats("phone=phone.gst browser=room.gst"), in("room.gst") + " is a room itself");
  folder.write("bare.gst", "twiliosrc ! twiliosink");
  EXPECT_EQ(wrong_seats("phone=bare.gst"),
            in("bare.gst") + " has no mixerseat, by which it could be joined to a room");
  folder.write("bad.gst", "twiliosrc ! mixerseat\n  ! nosuchelement ! twiliosink");
  EXPECT_EQ(wrong_seats("phone=bad.gst").find(in("bad.gst") + ":2:5: "), 0u)
      << wrong_seats("phone=bad.gst");
}

TEST_F(SeatsTest, VariablesOfSeatsAreThoseOfTheLine) {
  EXPECT_EQ(wrong_line("OUT=x", "phone=phone.gst"), "");
  EXPECT_NE(wrong_line("IN=x", "phone=phone.gst").find("the variable IN does not occur in"),
            std::string::npos);
  folder.write("room.gst", "duckingmixer seats=\"phone=phone.gst\"");
  EXPECT_EQ(run_jackfield(folder, {"check", "room.gst", "OUT=x"}).code, 0);
}

TEST_F(SeatsTest, WhatIsSaidAboutRoomsHasToFit) {
  const std::string phone = "phone=phone.gst";
  EXPECT_EQ(wrong_line("rooms=main, sales\npins=1234=main\nroom-size=8", phone), "");
  const auto expect = [&](const std::string& keys, const std::string& seats,
                          const std::string& text) {
    const std::string error = wrong_line(keys, seats);
    EXPECT_NE(error.find(text), std::string::npos) << error;
  };
  expect("agents=1", phone, "the conference 'a' has no seat for agents");
  expect("numbers=+15550001111", "browser=browser.gst",
         "the conference 'a' has no seat for telephones");
  expect("room-size=9", phone, "room.gst takes only 8");
  expect("agents=8", phone + " agent=agent.gst",
         "with so many agents there is no seat for anybody else");
  folder.write("jackfield.conf", "[line a]\npipeline=phone.gst\nrooms=main\n");
  EXPECT_NE(
      run_jackfield(folder, {"check", "jackfield.conf"}).err.find("'rooms' is for a conference"),
      std::string::npos);
}

// The room goes from the address of the webhook to the stream, and nothing else does.
TEST_F(SeatsTest, TheWebhooksQueryNamesTheRoom) {
  folder.write("room.gst", "duckingmixer seats=\"phone=phone.gst\"");
  Events events{folder.file("events")};
  const Jackfield server{folder,
                         {"run", "room.gst", "--listen", "127.0.0.1:0", "--events", "events"}};
  ASSERT_TRUE(events.wait("listening")) << server.err();
  const std::string url = events.named("listening").front().text("url");
  const std::string form = "From=%2B15550001111&To=%2B15550002222&room=evil";
  const std::string named = request("POST", url + "?room=sales-2", form).body;
  EXPECT_NE(named.find("<Parameter name=\"room\" value=\"sales-2\"/>"), std::string::npos) << named;
  for (const char* query : {"", "?room=", "?room=a%22b", "?other=x"}) {
    const std::string body = request("POST", url + query, form).body;
    EXPECT_NE(body.find("<Stream"), std::string::npos) << body;
    EXPECT_EQ(body.find("\"room\""), std::string::npos) << body;
  }
}

}  // namespace
