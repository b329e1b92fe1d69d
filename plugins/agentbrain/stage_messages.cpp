// What the stages of agentbrain post, and what comes of it.
#include <optional>
#include <string>

#include "agent_brain_state.hpp"
#include "core/error_advice.hpp"

#define GST_CAT_DEFAULT gst_agent_brain_debug

namespace agentbrain::brain {
namespace {

// A failing STT or LLM stage fails a turn, not the call.
bool take_stage_error(GstAgentBrain* self, GstMessage* message) {
  State& s = *self->state;
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ERROR || !s.stages) return false;
  // A stage that cannot even be started is a mistake in the pipeline.
  if (GST_STATE(self) < GST_STATE_PAUSED) return false;
  GstObject* from = GST_MESSAGE_SRC(message);
  const bool stt_queue = from && GST_OBJECT_PARENT(from) == GST_OBJECT(self) &&
                         g_strcmp0(GST_OBJECT_NAME(from), "sttqueue") == 0;
  const auto owner = from ? s.stages->owner(from) : std::nullopt;
  if (!owner && !stt_queue) return false;
  const char* stage = stt_queue ? "stt" : stage_name(owner->kind);
  gstpp::ErrorPtr error;
  gstpp::CharPtr debug;
  gst_message_parse_error(message, gstpp::OutPtr{error}, gstpp::OutPtr{debug});
  const std::string text =
      std::string(error->message) + (debug ? std::string(" (") + debug.get() + ")" : "");
  if (owner && owner->fallback && owner->fallback->fail(owner->provider, text)) return true;
  if (g_str_equal(stage, "tts")) return false;
  return s.conductor->on_stage_error(stage, text);
}

std::string factory_of(GstObject* element) {
  GstElementFactory* factory =
      GST_IS_ELEMENT(element) ? gst_element_get_factory(GST_ELEMENT(element)) : nullptr;
  return factory ? GST_OBJECT_NAME(factory) : GST_OBJECT_NAME(element);
}

struct Complaint {
  Stages::Owner owner;
  std::string element;
  std::string text;  // for the operator: who, what, and what can be done
};

// "openaillm/error" and the like: the stage goes on and has its own apology, which nobody hears
// when another provider takes over. The message is told what only agentbrain knows.
std::optional<Complaint> complaint_of(GstAgentBrain* self, GstMessage*& message) {
  State& s = *self->state;
  GstObject* from = GST_MESSAGE_SRC(message);
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT || !s.stages || !from) return std::nullopt;
  const GstStructure* error = gst_message_get_structure(message);
  if (!error || !g_str_has_suffix(gst_structure_get_name(error), "/error")) return std::nullopt;
  const auto owner = s.stages->owner(from);
  if (!owner) return std::nullopt;
  const std::string cause = gstpp::get_string(error, "cause");
  const std::string text = gstpp::get_string(error, "text");
  const std::string advice{error_advice(cause, text)};
  Complaint complaint{.owner = *owner, .element = factory_of(from), .text = {}};
  complaint.text = complaint.element;
  if (!cause.empty()) complaint.text += ": " + cause;
  if (!text.empty()) complaint.text += ": " + text;
  if (!advice.empty()) complaint.text += " (" + advice + ")";
  message = gst_message_make_writable(message);
  gst_structure_set(gst_message_writable_structure(message), "stage", G_TYPE_STRING,
                    stage_name(owner->kind), "advice", G_TYPE_STRING, advice.c_str(), nullptr);
  return complaint;
}

// A model calls a tool, and it is ours or the application's.
bool take_tool_call(GstAgentBrain* self, GstMessage* message) {
  State& s = *self->state;
  GstObject* from = GST_MESSAGE_SRC(message);
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT || !from) return false;
  const GstStructure* call = gst_message_get_structure(message);
  if (!call) return false;
  const bool cancelled = g_str_has_suffix(gst_structure_get_name(call), "/tool-cancelled");
  if (!cancelled && !g_str_has_suffix(gst_structure_get_name(call), "/tool-call")) return false;
  if (!s.stages || !s.tools) return false;
  const auto owner = s.stages->owner(from);
  if (owner ? owner->kind != StageKind::kLlm : !s.realtime->expected()) return false;
  if (owner && owner->fallback) owner->fallback->excuse();
  if (!cancelled) return s.tools->called(from, call);
  s.tools->reply_cut();
  return true;
}

void heed(GstAgentBrain* self, const Complaint& complaint) {
  const auto& [owner, element, text] = complaint;
  if (owner.fallback && owner.fallback->fail(owner.provider, text, element)) return;
  self->state->conductor->on_stage_complaint(stage_name(owner.kind), text, element);
}

// A core has something to tell that nobody asked for.
struct Told {
  std::string text;
  bool speak = false;
};

// "agentcorellm/tell" and the like, of the LLM stage alone: what others say is no note.
std::optional<Told> told_by(GstAgentBrain* self, GstMessage* message) {
  State& s = *self->state;
  GstObject* from = GST_MESSAGE_SRC(message);
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT || !s.stages || !from) return std::nullopt;
  const GstStructure* told = gst_message_get_structure(message);
  if (!told || !g_str_has_suffix(gst_structure_get_name(told), "/tell")) return std::nullopt;
  const auto owner = s.stages->owner(from);
  if (!owner || owner->kind != StageKind::kLlm) return std::nullopt;
  return Told{.text = gstpp::get_string(told, "text"),
              .speak = gstpp::get_bool(told, "speak", false)};
}

void learn(GstAgentBrain* self, const Told& told) {
  if (!tell_agent(*self->state, told.text.c_str(), told.speak))
    GST_WARNING_OBJECT(self, "what the LLM stage tells is not taken now: \"%s\"",
                       told.text.c_str());
}

}  // namespace

void handle_stage_message(GstAgentBrain* self, GstMessage* message,
                          void (*next)(GstBin* bin, GstMessage* message)) {
  std::optional<Complaint> complaint;
  std::optional<Told> told;
  const bool taken = gstpp::guarded(self, false, [&] {
    if (self->state->tools && self->state->tools->heed_thinker(message)) return true;
    if (take_tool_call(self, message)) return true;
    if (self->state->tools && self->state->realtime->expected())
      self->state->tools->heed_realtime(message);
    complaint = complaint_of(self, message);
    told = told_by(self, message);
    return take_stage_error(self, message);
  });
  if (taken) {
    gst_message_unref(message);
    return;
  }
  next(GST_BIN(self), message);
  // The cause is told before what comes of it.
  gstpp::guarded(self, 0, [&] {
    if (complaint) heed(self, *complaint);
    if (told) learn(self, *told);
    return 0;
  });
}

}  // namespace agentbrain::brain
