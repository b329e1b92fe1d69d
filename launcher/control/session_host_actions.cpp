// What is done to a session's voices, and what is shown of its pipeline.
#include <utility>

#include "control/pipeline_view.hpp"
#include "control/room_json.hpp"
#include "control/session_host.hpp"

namespace jackfield {
namespace {

// Shared by all who asked.
std::shared_ptr<void> shared(JsonObjectPtr object) { return {object.release(), json_object_unref}; }

std::shared_ptr<void> graph_of(GstElement* pipeline) { return shared(pipeline_graph(pipeline)); }
std::shared_ptr<void> figures_of(GstElement* pipeline) {
  return shared(pipeline_figures(pipeline));
}
std::shared_ptr<void> dot_of(GstElement* pipeline) {
  return std::make_shared<std::string>(pipeline_dot(pipeline));
}

HostResult no_answer() {
  return {.status = 503,
          .code = "no-answer",
          .message = "the pipeline does not answer: one of its elements is at work, or stuck"};
}

}  // namespace

AudioControl* LocalSessionHost::audio(const std::string& id) {
  const auto session = find(id);
  if (!session) return nullptr;
  auto& control = audio_[id];
  if (!control) control = std::make_unique<AudioControl>(session->pipeline());
  return control.get();
}

void LocalSessionHost::ended(const SessionView& view, bool) { audio_.erase(view.id); }

std::optional<std::pair<std::string, conference::SeatView>> LocalSessionHost::seat_of(
    const std::string& id) const {
  const auto place = rooms_ ? rooms_->place_of(id) : std::nullopt;
  const auto room = place ? rooms_->find(place->room) : std::nullopt;
  if (!room) return std::nullopt;
  for (const conference::SeatView& seat : room->seats) {
    if (seat.session == id) return std::pair{place->room, seat};
  }
  return std::nullopt;
}

void LocalSessionHost::seated(const std::string& id) {
  const auto known = audio_.find(id);
  const auto found = seat_of(id);
  if (known == audio_.end() || !found) return;
  const auto& [room, seat] = *found;
  AudioControl& control = *known->second;
  const bool agent = is_agent(seat);
  const bool muted = agent ? control.muted().agent : control.muted().caller;
  const double gain = agent ? control.gain().agent : control.gain().caller;
  if (!muted && gain == 0) return;
  if (!rooms_->change(room, id, {.mute = muted || seat.muted, .gain_db = gain}).ok()) return;
  const VoiceChange as_it_was{.muted = false, .gain = 0.0};
  OfBoth<VoiceChange> undo;
  (agent ? undo.agent : undo.caller) = as_it_was;
  control.change(undo);
}

void LocalSessionHost::change_seated(const std::string& room, const conference::SeatView& seat,
                                     const OfBoth<VoiceChange>& change, const VoicesDone& done) {
  AudioControl& control = *audio(seat.session);
  const bool agent = is_agent(seat);
  const VoiceChange& said = agent ? change.agent : change.caller;
  OfBoth<VoiceChange> heard = change;
  (agent ? heard.agent : heard.caller) = {};
  bool muted = seat.muted;
  double gain = told_gain(seat.gain_db);
  const auto now = [&] {
    VoiceSettings voices{.muted = control.muted(), .gain = control.gain()};
    (agent ? voices.muted.agent : voices.muted.caller) = muted;
    (agent ? voices.gain.agent : voices.gain.caller) = gain;
    return voices;
  };
  const OfBoth<bool> muted_before = control.muted();
  const OfBoth<double> gain_before = control.gain();
  if (heard.caller.any() || heard.agent.any()) {
    if (const std::string why = control.change(heard); !why.empty())
      return done({.status = 409, .code = "no-such-voice", .message = why}, now());
  }
  if (said.any()) {
    const conference::Outcome outcome =
        rooms_->change(room, seat.session, {.mute = said.muted, .gain_db = said.gain});
    if (!outcome.ok()) {
      if (heard.caller.any())
        heard.caller = {.muted = muted_before.caller, .gain = gain_before.caller};
      if (heard.agent.any()) heard.agent = {.muted = muted_before.agent, .gain = gain_before.agent};
      if (heard.caller.any() || heard.agent.any()) control.change(heard);
      return done(room_result(outcome, 200), now());
    }
    muted = said.muted.value_or(muted);
    gain = said.gain.value_or(gain);
  }
  done({}, now());
}

void LocalSessionHost::change_voices(const std::string& id, const OfBoth<VoiceChange>& change,
                                     VoicesDone done) {
  if (const auto seat = seat_of(id); seat && find(id))
    return change_seated(seat->first, seat->second, change, done);
  AudioControl* control = audio(id);
  if (!control) return done(no_such_session(), {});
  const std::string why = control->change(change);
  const VoiceSettings now{.muted = control->muted(), .gain = control->gain()};
  if (!why.empty()) return done({.status = 409, .code = "no-such-voice", .message = why}, now);
  done({}, now);
}

void LocalSessionHost::send_text(const std::string& id, const std::string& text, Done done) {
  const auto session = find(id);
  if (!session) return done(no_such_session());
  texts_.send(session->pipeline(), text, [done = std::move(done)](TypedTexts::Outcome outcome) {
    switch (outcome) {
      case TypedTexts::Outcome::kTaken:
        return done({.status = 202});
      case TypedTexts::Outcome::kNobody:
        return done({.status = 409,
                     .code = "no-agent",
                     .message = "the pipeline has no agentbrain or openairealtime that could be "
                                "written to"});
      case TypedTexts::Outcome::kRefused:
        return done({.status = 409,
                     .code = "not-taken",
                     .message = "the agent takes no text now: the call has not begun, is ending, "
                                "or its speech-to-speech stage cannot be written to"});
      case TypedTexts::Outcome::kTooMany:
        break;
    }
    done({.status = 429, .code = "too-many", .message = "too many texts wait for this agent"});
  });
}

void LocalSessionHost::ask_json(const std::string& id, PipelineInspector::Question question,
                                JsonDone done) {
  const auto session = find(id);
  if (!session) return done(no_such_session(), {});
  inspector_.ask(
      session->pipeline(), question, [done = std::move(done)](const std::shared_ptr<void>& answer) {
        if (!answer) return done(no_answer(), {});
        const JsonObjectPtr object{json_object_ref(static_cast<JsonObject*>(answer.get()))};
        done({}, object);
      });
}

void LocalSessionHost::graph(const std::string& id, JsonDone done) {
  ask_json(id, graph_of, std::move(done));
}

void LocalSessionHost::figures(const std::string& id, JsonDone done) {
  ask_json(id, figures_of, std::move(done));
}

void LocalSessionHost::graph_text(const std::string& id, TextDone done) {
  const auto session = find(id);
  if (!session) return done(no_such_session(), {});
  inspector_.ask(session->pipeline(), dot_of,
                 [done = std::move(done)](const std::shared_ptr<void>& answer) {
                   if (!answer) return done(no_answer(), {});
                   done({}, *static_cast<std::string*>(answer.get()));
                 });
}

}  // namespace jackfield
