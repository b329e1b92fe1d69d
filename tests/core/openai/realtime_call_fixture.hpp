// A call over the Realtime API in virtual time, event by event.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "json_reader.hpp"
#include "realtime_call.hpp"

namespace openai::realtime {

using Kind = ServerEvent::Kind;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr uint64_t kMs = 1'000'000;

class RealtimeCallTest : public testing::Test {
 protected:
  RealtimeCall make(TurnDetection detection = TurnDetection::kServerVad) {
    CallSettings settings;
    settings.session.turn_detection = detection;
    settings.hang_up_tool = "hang_up";
    settings.session.tools = R"([{"type":"function","name":"f"},{"type":"function","name":"g"}])";
    settings.max_tool_rounds = 2;
    settings.resume_after = resume_after;
    settings.speak_first = speak_first;
    settings.session.transcription_model = transcription;
    return RealtimeCall(settings);
  }
  void ready() {
    take(call.connected(now));
    event({.kind = Kind::kSessionUpdated});
  }
  void event(ServerEvent e) { take(call.event(std::move(e), now)); }
  void take(Outcome out) {
    last = out;
    for (auto& text : out.send) {
      sent.push_back(jackfield::read_json(text).find("type")->string);
      texts.push_back(text);
    }
    for (auto& notice : out.notices) notices.push_back(notice);
    if (out.interrupt) take(call.interrupted(played, now));
  }
  void response(const char* id, const char* item, std::size_t ms, bool done = true) {
    event({.kind = Kind::kResponseCreated, .response_id = id});
    event({.kind = Kind::kAudioDelta,
           .response_id = id,
           .item_id = item,
           .audio = std::vector<uint8_t>(ms * 8)});
    event({.kind = Kind::kReplyTranscriptDelta,
           .response_id = id,
           .item_id = item,
           .text = "one two three four five"});
    if (done) {
      event({.kind = Kind::kResponseDone, .response_id = id, .status = "completed"});
    }
  }
  void call_tool(const char* response, const char* id, const char* name,
                 const char* arguments = "{}") {
    event({.kind = Kind::kToolCall,
           .response_id = response,
           .item_id = std::string("item_") + id,
           .call_id = id,
           .name = name,
           .text = arguments});
  }
  // The outputs of tools that were sent, by call.
  std::vector<std::string> outputs() const {
    std::vector<std::string> found;
    for (const std::string& text : texts) {
      const auto event = jackfield::read_json(text);
      const auto* item = event.find("item");
      if (!item || item->find("type")->string != "function_call_output") continue;
      found.push_back(item->find("call_id")->string + ": " + item->find("output")->string);
    }
    return found;
  }
  void play() {
    while (const auto piece = call.playout().next(160)) {
      const Playout::Piece sent_piece = *piece;
      const std::size_t size = piece->audio.size();
      call.playout().sent(size, now);
      if (size > 0) take(call.piece_sent(sent_piece, now));
      now += size * kMs / 8;
    }
  }
  void hear_all() {
    call.playout().heard_until(now);
    take(call.check_finished());
  }
  std::vector<Notice> of(Notice::Kind kind) const {
    std::vector<Notice> found;
    for (const Notice& n : notices) {
      if (n.kind == kind) found.push_back(n);
    }
    return found;
  }

  uint64_t resume_after = 0;
  bool speak_first = false;
  std::string transcription;
  RealtimeCall call = make();
  uint64_t now = 1000 * kMs;
  uint64_t played = 0;
  Outcome last;
  std::vector<std::string> sent, texts;
  std::vector<Notice> notices;
};

}  // namespace openai::realtime
