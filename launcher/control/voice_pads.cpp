#include "control/voice_pads.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "scenario/pipeline_elements.hpp"

namespace jackfield {
namespace {

constexpr int kFarthest = 16;  // elements between a webrtcbin and its coder

using Elements = std::vector<gstpp::ElementPtr>;

std::string_view factory_of(GstElement* element) {
  GstElementFactory* factory = gst_element_get_factory(element);
  return factory ? GST_OBJECT_NAME(factory) : "";
}

// All these words are in its klass.
bool is_kind(GstElement* element, std::initializer_list<std::string_view> words) {
  const gchar* text = gst_element_get_metadata(element, GST_ELEMENT_METADATA_KLASS);
  const std::string_view klass = text ? text : "";
  return std::all_of(words.begin(), words.end(), [&](std::string_view word) {
    return klass.find(word) != std::string_view::npos;
  });
}

bool is_voice(GstCaps* caps) {
  static constexpr auto kNames =
      std::to_array<const char*>({"audio/x-raw", "audio/x-mulaw", "audio/x-alaw"});
  if (!caps || gst_caps_is_any(caps) || gst_caps_is_empty(caps)) return false;
  const GstStructure* first = gst_caps_get_structure(caps, 0);
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](const char* name) { return gst_structure_has_name(first, name); });
}

// By what flows through it, or else what could.
bool is_voice(GstPad* pad) {
  if (const gstpp::CapsPtr now{gst_pad_get_current_caps(pad)}) return is_voice(now.get());
  const gstpp::CapsPtr possible{gst_pad_get_pad_template_caps(pad)};
  return is_voice(possible.get());
}

// From a pad of a webrtcbin away from it, to the first pad on which there are samples: a decoder's
// src pad, or an encoder's sink pad.
gstpp::PadPtr samples_beyond(GstPad* pad) {
  const bool downstream = GST_PAD_IS_SRC(pad);
  gstpp::PadPtr at = linked_pad(pad);
  for (int i = 0; at && i < kFarthest; ++i) {
    const gstpp::ElementPtr element{gst_pad_get_parent_element(at.get())};
    if (!element) break;
    // A src pad that has caps is what the element gives; nothing else of it matters here.
    gstpp::PadPtr onward{gst_element_get_static_pad(element.get(), downstream ? "src" : "sink")};
    if (!onward) break;
    if (is_voice(onward.get())) return onward;
    at = linked_pad(onward.get());
  }
  return nullptr;
}

std::vector<gstpp::PadPtr> pads_of(GstElement* element, GstPadDirection direction) {
  std::vector<gstpp::PadPtr> pads;
  const gstpp::ObjectLock lock(element);
  for (GList* item = direction == GST_PAD_SRC ? element->srcpads : element->sinkpads; item;
       item = item->next)
    pads.emplace_back(GST_PAD_CAST(gst_object_ref(item->data)));
  return pads;
}

class Search {
 public:
  explicit Search(GstElement* pipeline)
      : elements_(elements_of(gst_bin_iterate_recurse(GST_BIN(pipeline)))),
        recorders_(find_elements(pipeline, "callrecorder")) {
    // Bins of devices hold the element that counts.
    std::erase_if(elements_, [](const gstpp::ElementPtr& element) {
      return GST_IS_BIN(element.get()) && factory_of(element.get()) != "agentbrain" &&
             factory_of(element.get()) != "webrtcbin";
    });
  }

  VoicePads find() const {
    VoicePads found;
    if (auto pad = end(GST_PAD_SRC)) found.caller.push_back(std::move(pad));
    if (auto pad = end(GST_PAD_SINK)) found.agent.push_back(std::move(pad));
    if (found.caller.empty()) {
      if (auto pad = of_factory("agentbrain", "sink")) found.caller.push_back(std::move(pad));
      add_recorder(found.caller, "caller");
    }
    if (found.agent.empty()) {
      if (auto pad = of_factory("agentbrain", "src")) found.agent.push_back(std::move(pad));
      if (found.agent.empty()) add_recorder(found.agent, "agent");
    } else {
      // It may hang on a branch of its own.
      add_recorder(found.agent, "agent");
    }
    return found;
  }

 private:
  gstpp::PadPtr of_factory(std::string_view factory, const char* pad) const {
    for (const gstpp::ElementPtr& element : elements_) {
      if (factory_of(element.get()) == factory)
        return gstpp::PadPtr{gst_element_get_static_pad(element.get(), pad)};
    }
    return nullptr;
  }

  // The end of the pipeline at which a voice comes in (src pads) or goes out (sink pads).
  gstpp::PadPtr end(GstPadDirection direction) const {
    const bool in = direction == GST_PAD_SRC;
    if (auto pad = of_factory(in ? "twiliosrc" : "twiliosink", in ? "src" : "sink")) return pad;
    for (const gstpp::ElementPtr& element : elements_) {
      if (factory_of(element.get()) != "webrtcbin") continue;
      for (const gstpp::PadPtr& pad : pads_of(element.get(), direction)) {
        if (auto beyond = samples_beyond(pad.get())) return beyond;
      }
      // Nobody is connected yet: where it will come.
      if (in) {
        if (auto pad = of_factory("adaptivejitter", "src")) return pad;
      }
    }
    for (const gstpp::ElementPtr& element : elements_) {
      if (!is_kind(element.get(), {in ? "Source" : "Sink", "Audio"})) continue;
      gstpp::PadPtr pad{gst_element_get_static_pad(element.get(), in ? "src" : "sink")};
      if (pad && is_voice(pad.get())) return pad;
    }
    return nullptr;
  }

  void add_recorder(std::vector<gstpp::PadPtr>& pads, const char* name) const {
    for (const gstpp::ElementPtr& element : recorders_) {
      gstpp::PadPtr pad{gst_element_get_static_pad(element.get(), name)};
      if (pad) pads.push_back(std::move(pad));
    }
  }

  Elements elements_;
  Elements recorders_;
};

}  // namespace

VoicePads find_voice_pads(GstElement* pipeline) { return Search(pipeline).find(); }

}  // namespace jackfield
