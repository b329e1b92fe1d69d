#include "realtime_stage.hpp"

#include <utility>

#include "stages.hpp"

namespace agentbrain {
namespace {

// Has it the action signal `user-text (string) -> boolean`?
bool takes_text(GstElement* element) {
  GSignalQuery query{};
  const guint id = g_signal_lookup("user-text", G_OBJECT_TYPE(element));
  if (id) g_signal_query(id, &query);
  return id && query.return_type == G_TYPE_BOOLEAN && query.n_params == 1 &&
         (query.param_types[0] & ~G_SIGNAL_TYPE_STATIC_SCOPE) == G_TYPE_STRING &&
         (query.signal_flags & G_SIGNAL_ACTION);
}

bool knows_names(GstElement* element) {
  GObjectClass* klass = G_OBJECT_GET_CLASS(element);
  for (const char* property : {"answer-when", "names", "named-window"}) {
    if (!g_object_class_find_property(klass, property)) return false;
  }
  return true;
}

// The first element of the stage that is such a one.
gstpp::ElementPtr find_element(GstElement* stage, bool (*is_one)(GstElement*)) {
  if (!stage) return nullptr;
  if (is_one(stage)) return gstpp::share_object(stage);
  if (!GST_IS_BIN(stage)) return nullptr;
  gstpp::ElementPtr found;
  GstIterator* it = gst_bin_iterate_recurse(GST_BIN(stage));
  GValue item = G_VALUE_INIT;
  while (!found && gst_iterator_next(it, &item) == GST_ITERATOR_OK) {
    auto* element = GST_ELEMENT(g_value_get_object(&item));
    if (is_one(element)) found = gstpp::share_object(element);
    g_value_reset(&item);
  }
  g_value_unset(&item);
  gst_iterator_free(it);
  return found;
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
  for (GstElement* other : bin_.others) {
    gst_element_set_locked_state(other, TRUE);
    gst_element_set_state(other, GST_STATE_NULL);
  }
  set_target(bin_.sink, nullptr);
  set_target(bin_.src, nullptr);
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
  if (set_target(bin_.sink, sink.get()) && set_target(bin_.src, src.get())) return std::nullopt;
  remove();
  return "realtime: it must take and give audio (in \"" + description + "\")";
}

gstpp::ElementPtr RealtimeStage::stage() const {
  return gstpp::ElementPtr{gst_bin_get_by_name(bin_.bin, "realtime")};
}

bool RealtimeStage::user_text(const char* text) const {
  const gstpp::ElementPtr taker = find_element(stage().get(), takes_text);
  gboolean taken = FALSE;
  if (taker) g_signal_emit_by_name(taker.get(), "user-text", text, &taken);
  return taken != FALSE;
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
