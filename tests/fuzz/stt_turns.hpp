// Turns of a streaming recognizer whose messages are what the fuzzer makes.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "stt_session.hpp"

// `lines`: a message each.
inline void run_stt_turns(std::unique_ptr<jackfield::SttService> service,
                          const jackfield::SttFormat& format, std::string_view lines) {
  jackfield::SttSession session({}, std::move(service), format);
  std::uint64_t now = 1'000'000'000;
  const std::vector<std::uint8_t> audio(800);
  session.start(now);
  session.connected(now);
  session.begin_turn(now, 1, 0);
  unsigned results = 0;
  unsigned turns = 1;
  const auto count = [&](const std::vector<jackfield::SttSession::Action>& actions) {
    for (const auto& action : actions) {
      results += std::holds_alternative<jackfield::SttSession::Result>(action);
    }
  };
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    count(session.audio(now, now, audio));
    count(session.message(now, lines.substr(0, end), 0.5));
    lines.remove_prefix(std::min(end + 1, lines.size()));
    now += 100'000'000;
    if (now % 300'000'000 == 0) {
      bool known = false;
      count(session.end_turn(now, known));
      count(session.begin_turn(now, ++turns, now));
    }
    if (now >= session.deadline()) count(session.tick(now));
    if (!session.is_connected()) count(session.connected(now));
  }
  bool known = false;
  count(session.end_turn(now, known));
  for (int i = 0; i < 100 && session.pending(); ++i) {
    now = std::max(now, session.deadline());
    count(session.tick(now));
  }
  // Every turn ends, once.
  if (session.pending() || results != turns) std::abort();
}
