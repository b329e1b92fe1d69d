// What is done to a session's voices, and what is shown of its pipeline.
#include <utility>

#include "control/pipeline_view.hpp"
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

void LocalSessionHost::change_voices(const std::string& id, const OfBoth<VoiceChange>& change,
                                     VoicesDone done) {
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
