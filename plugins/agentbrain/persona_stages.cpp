#include "persona_stages.hpp"

#include <algorithm>
#include <functional>

#include "gstpp.hpp"

namespace agentbrain {
namespace {

constexpr const char* kEndCall = "end_call";

void for_each_element(GstElement* stage, const std::function<void(GstElement*)>& visit) {
  if (!stage) return;
  visit(stage);
  if (!GST_IS_BIN(stage)) return;
  GstIterator* it = gst_bin_iterate_recurse(GST_BIN(stage));
  GValue item = G_VALUE_INIT;
  for (GstIteratorResult next = GST_ITERATOR_OK;
       next == GST_ITERATOR_OK || next == GST_ITERATOR_RESYNC;) {
    next = gst_iterator_next(it, &item);
    if (next == GST_ITERATOR_RESYNC) gst_iterator_resync(it);  // all of it once more
    if (next != GST_ITERATOR_OK) continue;
    visit(GST_ELEMENT(g_value_get_object(&item)));
    g_value_reset(&item);
  }
  g_value_unset(&item);
  gst_iterator_free(it);
}

GParamSpec* setting_of(GstElement* element, const char* name) {
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), name);
  return spec && (spec->flags & G_PARAM_WRITABLE) ? spec : nullptr;
}

std::string factory_of(GstElement* element) {
  GstElementFactory* factory = gst_element_get_factory(element);
  return factory ? GST_OBJECT_NAME(factory) : "";
}

// False when the element has no such value.
bool set_text(GstElement* element, const char* name, const std::string& text) {
  GParamSpec* spec = setting_of(element, name);
  if (!spec || text.empty()) return true;
  GValue value = G_VALUE_INIT;
  g_value_init(&value, spec->value_type);
  const gboolean fits = gst_value_deserialize(&value, text.c_str());
  if (fits) g_object_set_property(G_OBJECT(element), name, &value);
  g_value_unset(&value);
  return fits != FALSE;
}

class Giver {
 public:
  Giver(const std::string& file, const jackfield::Persona& persona)
      : file_(file), persona_(persona) {}

  void hearing(GstElement* element) { language(element); }

  void thinking(GstElement* element) {
    set_text(element, "persona", file_);
    language(element);
    if (persona_.may && setting_of(element, "end-call")) {
      const auto& may = *persona_.may;
      g_object_set(element, "end-call", std::find(may.begin(), may.end(), kEndCall) != may.end(),
                   nullptr);
    }
  }

  void speaking(GstElement* element) {
    language(element);
    const auto own = persona_.voices.find(factory_of(element));
    const std::string& voice = own == persona_.voices.end() ? persona_.voice : own->second;
    if (!set_text(element, "voice", voice) && wrong.empty())
      wrong = file_ + ": " + factory_of(element) + " has no voice \"" + voice +
              "\" (gst-inspect-1.0 lists them); voice." + factory_of(element) +
              " says which is its own";
  }

  std::string wrong;

 private:
  void language(GstElement* element) { set_text(element, "language", persona_.language); }

  const std::string& file_;
  const jackfield::Persona& persona_;
};

}  // namespace

std::optional<std::string> give_persona(GstBin* agent, const std::string& file,
                                        const jackfield::Persona& persona) {
  Giver giver(file, persona);
  const auto each = [&](const char* stage, void (Giver::*give)(GstElement*)) {
    const gstpp::ElementPtr found{gst_bin_get_by_name(agent, stage)};
    for_each_element(found.get(), [&](GstElement* element) { (giver.*give)(element); });
  };
  for (const char* stage : {"stt", "stt-fallback"}) each(stage, &Giver::hearing);
  for (const char* stage : {"llm", "llm-fallback"}) each(stage, &Giver::thinking);
  for (const char* stage : {"tts", "tts-fallback"}) each(stage, &Giver::speaking);
  each("realtime", &Giver::thinking);
  each("realtime", &Giver::speaking);
  if (giver.wrong.empty()) return std::nullopt;
  return giver.wrong;
}

void give_caller(GstBin* agent, const std::string& caller) {
  for (const char* stage : {"llm", "llm-fallback", "realtime"}) {
    const gstpp::ElementPtr found{gst_bin_get_by_name(agent, stage)};
    for_each_element(found.get(), [&](GstElement* element) {
      const GParamSpec* spec = setting_of(element, "caller");
      if (spec && spec->value_type == G_TYPE_STRING)
        g_object_set(element, "caller", caller.c_str(), nullptr);
    });
  }
}

}  // namespace agentbrain
