#include "realtime_stage.hpp"

#include <utility>

#include "action_signals.hpp"
#include "stages.hpp"

namespace agentbrain {
namespace {

bool knows_names(GstElement* element) {
  GObjectClass* klass = G_OBJECT_GET_CLASS(element);
  for (const char* property : {"answer-when", "names", "named-window"}) {
    if (!g_object_class_find_property(klass, property)) return false;
  }
  return true;
}

bool set_target(GstPad* ghost, GstPad* target) {
  return gst_ghost_pad_set_target(GST_GHOST_PAD(ghost), target);
}

}  // namespace

RealtimeStage::RealtimeStage(Bin bin)
    : bin_(std::move(bin)),
      usual_sink_(gst_ghost_pad_get_target(GST_GHOST_PAD(bin_.sink))),
      usual_src_(gst_ghost_pad_get_target(GST_GHOST_PAD(bin_.src))) {}

void RealtimeStage::expect() {
  if (expected_.exchange(true)) return;
  for (GstElement* other : bin_.others) gst_element_set_locked_state(other, TRUE);
  let_others_rest();
  set_target(bin_.sink, nullptr);
  set_target(bin_.src, nullptr);
}

void RealtimeStage::let_others_rest() {
  for (GstElement* other : bin_.others) gst_element_set_state(other, GST_STATE_NULL);
}

void RealtimeStage::remove() {
  if (!element_) return;
  set_target(bin_.sink, nullptr);
  set_target(bin_.src, nullptr);
  gst_element_set_state(element_.get(), GST_STATE_NULL);
  gst_bin_remove(bin_.bin, element_.get());
  element_.reset();
}

std::optional<std::string> RealtimeStage::build(const std::string& description) {
  expect();
  if (element_ && description == description_) return std::nullopt;
  remove();
  ParsedStage parsed = parse_stage("realtime", description);
  if (!parsed.element) return parsed.error;
  element_ = std::move(parsed.element);
  description_ = description;
  gst_bin_add(bin_.bin, element_.get());
  const gstpp::PadPtr sink = stage_pad(element_.get(), GST_PAD_SINK);
  const gstpp::PadPtr src = stage_pad(element_.get(), GST_PAD_SRC);
  if (const gstpp::ElementPtr element = greeter()) {
    gboolean speaks = FALSE;
    g_object_get(element.get(), "speak-first", &speaks, nullptr);
    speaks_first_ = speaks != FALSE;
  }
  if (set_target(bin_.sink, sink.get()) && set_target(bin_.src, src.get())) return std::nullopt;
  remove();
  return "realtime: it must take and give audio (in \"" + description + "\")";
}

gstpp::ElementPtr RealtimeStage::stage() const {
  return gstpp::ElementPtr{gst_bin_get_by_name(bin_.bin, "realtime")};
}

bool RealtimeStage::user_text(const char* text) const {
  const gstpp::ElementPtr taker = find_with_signal(stage().get(), "user-text", {G_TYPE_STRING});
  gboolean taken = FALSE;
  if (taker) g_signal_emit_by_name(taker.get(), "user-text", text, &taken);
  return taken != FALSE;
}

bool RealtimeStage::tell(const char* text, bool speak) const {
  const gstpp::ElementPtr taker =
      find_with_signal(stage().get(), "tell", {G_TYPE_STRING, G_TYPE_BOOLEAN});
  gboolean taken = FALSE;
  if (taker) {
    g_signal_emit_by_name(taker.get(), "tell", text, static_cast<gboolean>(speak), &taken);
  }
  return taken != FALSE;
}

gstpp::ElementPtr RealtimeStage::greeter() const {
  gstpp::ElementPtr element = find_with_signal(stage().get(), "greet", {});
  GParamSpec* spec =
      element ? g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), "speak-first")
              : nullptr;
  return spec && spec->value_type == G_TYPE_BOOLEAN ? std::move(element) : nullptr;
}

void RealtimeStage::speak_first(bool speaks) const {
  if (const gstpp::ElementPtr element = greeter())
    g_object_set(element.get(), "speak-first", static_cast<gboolean>(speaks && speaks_first_),
                 nullptr);
}

void RealtimeStage::greet() const {
  gboolean taken = FALSE;
  if (const gstpp::ElementPtr element = greeter())
    g_signal_emit_by_name(element.get(), "greet", &taken);
}

bool RealtimeStage::answer_when(bool named, const std::string& names, guint64 window) const {
  const gstpp::ElementPtr element = find_element(stage().get(), knows_names);
  if (!element) return false;
  g_object_set(element.get(), "names", names.c_str(), "named-window", window, nullptr);
  gst_util_set_object_arg(G_OBJECT(element.get()), "answer-when", named ? "named" : "always");
  return true;
}

void RealtimeStage::clear() {
  if (!expected_.exchange(false)) return;
  remove();
  set_target(bin_.sink, usual_sink_.get());
  set_target(bin_.src, usual_src_.get());
  for (GstElement* other : bin_.others) gst_element_set_locked_state(other, FALSE);
}

}  // namespace agentbrain
