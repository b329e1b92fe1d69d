#include "client/core/top_screen.hpp"

#include <gtest/gtest.h>

#include "terminal/core/terminal_text.hpp"

namespace jackfield::client {
namespace {

class TopScreenTest : public testing::Test {
 protected:
  TopScreenTest() {
    view.set_server({.version = "0.1.0",
                     .uptime_ms = 60'000,
                     .max_sessions = 200,
                     .threads = 12,
                     .cpu_percent = 7,
                     .memory_mb = 81},
                    0);
    view.set_lines({{.name = "agent", .kind = "phone", .max_sessions = 20, .calls = 7, .failed = 1},
                    {.name = "echo", .kind = "browser"}});
    Stage total{.name = "total", .count = 5, .all = {700, 800, 900}, .recent = {701, 801, 901}};
    Stage stt{.name = "stt", .count = 5, .all = {50, 60, 70}, .recent = {51, 61, 71}};
    view.set_latency({{"agent", {stt, total}}});
    view.set_sessions({call("aaaa01", 3000, 1), call("bbbb02", 2000, 5), call("cccc03", 1000, 3)},
                      0);
  }
  static Session call(const char* id, double duration, unsigned turns) {
    Session session{.id = id, .line = "agent", .state = "running", .from = "+15550000001"};
    session.duration_ms = duration;
    session.turns = turns;
    session.latency_last = 600 + turns;
    session.last_who = "caller";
    session.last_text = "are you open tomorrow";
    return session;
  }

  std::vector<std::string> texts(unsigned columns, unsigned rows) {
    const ScreenSize size{.columns = columns, .rows = rows};
    const auto laid_out = screen.rows(view, size, 0);
    EXPECT_EQ(laid_out.size(), rows);
    std::vector<std::string> all;
    for (const StyledRow& row : laid_out) {
      all.push_back(vt_text(row, columns, false));
      EXPECT_LE(text_columns(clean_terminal_text(all.back())), columns);
    }
    return all;
  }
  std::string chosen(unsigned rows = 24) {
    for (const StyledRow& row : screen.rows(view, {.columns = 100, .rows = rows}, 0))
      if (row.reversed) return row.text().substr(0, 4);
    return "";
  }
  std::optional<TopAction> press(char c) { return screen.key({Key::kCharacter, c}, view); }
  std::optional<TopAction> press(Key key) { return screen.key({key}, view); }

  LiveView view;
  TopScreen screen{"http://127.0.0.1:8080"};
};

TEST_F(TopScreenTest, EverythingAtOneLook) {
  const auto rows = texts(100, 16);
  EXPECT_EQ(rows[0], "jackfield 0.1.0  http://127.0.0.1:8080  up 1:00");
  EXPECT_EQ(rows[1], "3 calls of 200, processor 7 %, 81 MB, 12 threads");
  EXPECT_EQ(rows[3], "2 lines   latency p50/p95/p99 in ms, last 1000 turns");
  EXPECT_EQ(rows[4], "LINE   KIND     CALLS  IN ALL  FAILED       ANSWER       stt");
  EXPECT_EQ(rows[5], "agent  phone     3/20       7       1  701/801/901  51/61/71");
  EXPECT_EQ(rows[6], "echo   browser      0       0       0            -         -");
  EXPECT_EQ(rows[8], "3 calls   newest first");
  EXPECT_EQ(rows[9],
            "ID    LINE   STATE    TIME  FROM          TO  TURNS  LAST ms  P95 ms  LAST SAID");
  EXPECT_EQ(rows[11],
            "bbbb  agent  running  0:02  +15550000001          5      605       -  caller: are you "
            "open tomorrow");
  EXPECT_TRUE(rows[15].starts_with("q quit"));
}

TEST_F(TopScreenTest, AnySizeWillDo) {
  for (unsigned columns = 0; columns < 130; columns += 7)
    for (unsigned rows = 1; rows < 40; rows += 3) texts(columns, rows);
  press(Key::kEnter);
  view.look_at("cccc03");
  for (unsigned columns = 0; columns < 130; columns += 7)
    for (unsigned rows = 1; rows < 40; rows += 3) texts(columns, rows);
}

TEST_F(TopScreenTest, ALowScreenShowsCallsOnly) {
  const auto rows = texts(100, 8);
  EXPECT_EQ(rows[3], "3 calls   newest first");
  EXPECT_TRUE(rows[5].starts_with("\033[7mcccc"));
}

TEST_F(TopScreenTest, ArrowsAndLettersChooseACall) {
  EXPECT_EQ(chosen(), "cccc");
  press(Key::kDown);
  EXPECT_EQ(chosen(), "bbbb");
  press('j');
  press('j');
  EXPECT_EQ(chosen(), "aaaa");
  press('k');
  EXPECT_EQ(chosen(), "bbbb");
  press(Key::kEnd);
  EXPECT_EQ(chosen(), "aaaa");
  press(Key::kHome);
  EXPECT_EQ(chosen(), "cccc");
  press(Key::kUp);
  EXPECT_EQ(chosen(), "cccc");
}

TEST_F(TopScreenTest, TheChosenCallStaysChosenWhileOthersComeAndGo) {
  chosen();
  press(Key::kDown);
  EXPECT_EQ(chosen(), "bbbb");
  view.set_sessions({call("aaaa01", 3000, 1), call("bbbb02", 2000, 5), call("cccc03", 1000, 3),
                     call("dddd04", 500, 0)},
                    0);
  EXPECT_EQ(chosen(), "bbbb");
  view.set_sessions({call("aaaa01", 3000, 1), call("cccc03", 1000, 3)}, 0);
  EXPECT_EQ(chosen(), "aaaa");
  view.set_sessions({}, 0);
  EXPECT_EQ(chosen(), "");
  EXPECT_EQ(press('h'), std::nullopt);
  EXPECT_EQ(press(Key::kEnter), std::nullopt);
}

TEST_F(TopScreenTest, MoreCallsThanRowsScroll) {
  std::vector<Session> many;
  for (int i = 0; i < 50; ++i)
    many.push_back(call(("x" + std::to_string(100 + i)).c_str(), 1000 * i, 0));
  view.set_sessions(many, 0);
  EXPECT_EQ(chosen(10), "x100");
  for (int i = 0; i < 30; ++i) press(Key::kDown);
  EXPECT_EQ(chosen(10), "x130");
  press(Key::kPageUp);
  EXPECT_EQ(chosen(10), "x126");
  press(Key::kEnd);
  EXPECT_EQ(chosen(10), "x149");
  EXPECT_EQ(chosen(30), "x149");
}

TEST_F(TopScreenTest, SortsGoRound) {
  EXPECT_EQ(texts(100, 16)[8], "3 calls   newest first");
  press('s');
  EXPECT_TRUE(texts(100, 16)[10].starts_with("bbbb") || chosen() == "bbbb");
  EXPECT_EQ(texts(100, 16)[8], "3 calls   slowest answer first");
  press('s');
  EXPECT_EQ(texts(100, 16)[8], "3 calls   most turns first");
  press('s');
  EXPECT_EQ(texts(100, 16)[8], "3 calls   by line");
  press('s');
  EXPECT_EQ(texts(100, 16)[8], "3 calls   newest first");
}

TEST_F(TopScreenTest, PercentilesOfTheLastTurnsOrOfAll) {
  press('w');
  EXPECT_NE(texts(100, 16)[3].find("since the start"), std::string::npos);
  EXPECT_NE(texts(100, 16)[5].find("700/800/900"), std::string::npos);
}

TEST_F(TopScreenTest, HangingUpIsAskedBack) {
  chosen();
  EXPECT_EQ(press('h'), std::nullopt);
  EXPECT_EQ(texts(100, 16)[15], "hang up cccc03? y: yes, any other key: no");
  EXPECT_EQ(press('n'), std::nullopt);
  EXPECT_TRUE(texts(100, 16)[15].starts_with("q quit"));
  press('h');
  EXPECT_EQ(press(Key::kEnter), std::nullopt);
  press('h');
  const auto action = press('y');
  ASSERT_TRUE(action && std::holds_alternative<top::HangUp>(*action));
  EXPECT_EQ(std::get<top::HangUp>(*action).id, "cccc03");
  screen.set_note("cccc03 hung up", false);
  EXPECT_EQ(texts(100, 16)[15], "cccc03 hung up");
}

TEST_F(TopScreenTest, DetailsOfACall) {
  chosen();
  auto action = press(Key::kEnter);
  ASSERT_TRUE(action && std::holds_alternative<top::LookAt>(*action));
  EXPECT_EQ(std::get<top::LookAt>(*action).id, "cccc03");
  view.look_at("cccc03");
  Entry said{.at_ms = 1500, .who = "caller", .text = "are you open"};
  said.final = true;
  view.details().transcript.add(said);
  Entry now{.at_ms = 2500, .who = "agent", .text = "we are"};
  view.details().transcript.add(now);
  view.details().stages = {{.name = "stt", .count = 1, .recent = {1, 2, 3}},
                           {.name = "total", .count = 1, .recent = {5, 6, 7}}};
  view.set_turns({{.turn = 1, .total = 640}});
  const auto rows = texts(80, 16);
  EXPECT_EQ(rows[3], "call cccc03  running  agent  0:01  from +15550000001");
  EXPECT_EQ(rows[4], "3 turns, 0 interruptions");
  EXPECT_EQ(rows[5], "p50/p95/p99 ms  answer 5/6/7  stt 1/2/3");
  EXPECT_EQ(rows[6], "turn 1: 640 ms from the end of speech to the first sound");
  EXPECT_EQ(rows[8], "0:01  caller: are you open");
  EXPECT_EQ(rows[9], "0:02  agent: we are");
  EXPECT_TRUE(rows[15].starts_with("Esc back"));
  action = press(Key::kEscape);
  ASSERT_TRUE(action && std::holds_alternative<top::LookAt>(*action));
  EXPECT_EQ(std::get<top::LookAt>(*action).id, "");
  EXPECT_TRUE(texts(80, 16)[15].starts_with("q quit"));
}

TEST_F(TopScreenTest, ALongTranscriptShowsItsEndAndScrolls) {
  chosen();
  press(Key::kEnter);
  view.look_at("cccc03");
  for (int i = 0; i < 40; ++i) {
    Entry said{.at_ms = 1000.0 * i, .who = "caller", .text = "line " + std::to_string(i)};
    said.final = true;
    view.details().transcript.add(said);
  }
  EXPECT_EQ(texts(80, 16)[14], "0:39  caller: line 39");
  press(Key::kUp);
  EXPECT_EQ(texts(80, 16)[14], "0:38  caller: line 38");
  press(Key::kHome);
  EXPECT_EQ(texts(80, 16)[6], "0:00  caller: line 0");
  press('j');
  EXPECT_EQ(texts(80, 16)[6], "0:01  caller: line 1");
  press(Key::kEnd);
  EXPECT_EQ(texts(80, 16)[14], "0:39  caller: line 39");
  const auto action = press('q');
  EXPECT_TRUE(action && std::holds_alternative<top::LookAt>(*action));
}

TEST_F(TopScreenTest, TroubleStandsAtTheTop) {
  screen.set_trouble("no connection; trying again");
  EXPECT_NE(texts(100, 16)[0].find("no connection"), std::string::npos);
  screen.set_trouble("");
  view.set_server({.stopping = true}, 0);
  EXPECT_NE(texts(100, 16)[0].find("stopping"), std::string::npos);
  const auto action = press('q');
  EXPECT_TRUE(action && std::holds_alternative<top::Quit>(*action));
}

}  // namespace
}  // namespace jackfield::client
