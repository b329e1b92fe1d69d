#include "stages.hpp"

#include <algorithm>
#include <utility>

#include "settings_text.hpp"

namespace agentbrain {
namespace {

// A bounded way into an STT stage that may block; the oldest audio gives way when it is full.
constexpr guint64 kSttQueueTime = 10 * GST_SECOND;

// "... ! audio/x-raw,rate=8000" would be read as an element of that name.
bool ends_in_caps(const std::string& description) {
  const std::size_t bang = description.rfind('!');
  if (bang == std::string::npos) return false;
  const std::size_t from = description.find_first_not_of(" \t\n", bang + 1);
  if (from == std::string::npos) return false;
  const std::size_t to = description.find_first_of(" \t\n,;(=", from);
  return description.substr(from, to - from).find('/') != std::string::npos;
}

bool caps_meet(GstPad* from, GstPad* to) {
  gstpp::CapsPtr a{gst_pad_query_caps(from, nullptr)};
  gstpp::CapsPtr b{gst_pad_query_caps(to, nullptr)};
  return gst_caps_can_intersect(a.get(), b.get());
}

// The STT stage itself says that it only enqueues. What lies behind it (turngate never blocks
// either) must not speak for it.
bool never_blocks(GstPad* sink, GstElement* turn_gate) {
  gstpp::QueryPtr query{
      gst_query_new_custom(GST_QUERY_CUSTOM, gst_structure_new_empty("VoiceNeverBlocks"))};
  if (!gst_pad_query(sink, query.get())) return false;
  gpointer by = nullptr;
  gst_structure_get(gst_query_get_structure(query.get()), "by", G_TYPE_POINTER, &by, nullptr);
  return by != nullptr && by != turn_gate;
}

gstpp::PadPtr static_pad(GstElement* element, const char* name) {
  return gstpp::PadPtr{gst_element_get_static_pad(element, name)};
}

// Of several elements, as gst_parse_bin_from_description() does. Not left to that: it looks into a
// stage of one element that is a bin of its own, too.
void show_unlinked_pad(GstElement* bin, GstPadDirection direction, const char* name) {
  const gstpp::PadPtr pad{gst_bin_find_unlinked_pad(GST_BIN(bin), direction)};
  if (pad) gst_element_add_pad(bin, gst_ghost_pad_new(name, pad.get()));
}

}  // namespace

gstpp::PadPtr stage_pad(GstElement* element, GstPadDirection direction) {
  gstpp::PadPtr found;
  GstIterator* it = direction == GST_PAD_SINK ? gst_element_iterate_sink_pads(element)
                                              : gst_element_iterate_src_pads(element);
  GValue item = G_VALUE_INIT;
  if (gst_iterator_next(it, &item) == GST_ITERATOR_OK) {
    found = gstpp::share_object(GST_PAD(g_value_get_object(&item)));
    g_value_unset(&item);
  }
  gst_iterator_free(it);
  return found;
}

ParsedStage parse_stage(const char* stage, const std::string& description) {
  const auto failed = [&](const std::string& why) {
    return ParsedStage{.error = std::string(stage) + ": " + why + " (in \"" + description + "\")"};
  };
  if (jackfield::is_blank(description)) {
    return ParsedStage{.error = std::string(stage) + ": no stage is set; give a bin description"};
  }
  if (ends_in_caps(description)) {
    return failed("a description must not end in caps; use \"capsfilter caps=...\"");
  }
  gstpp::ErrorPtr error;
  GstElement* raw = gst_parse_bin_from_description_full(
      description.c_str(), FALSE, nullptr,
      static_cast<GstParseFlags>(GST_PARSE_FLAG_FATAL_ERRORS |
                                 GST_PARSE_FLAG_NO_SINGLE_ELEMENT_BINS),
      gstpp::OutPtr{error});
  gstpp::ElementPtr element{raw ? static_cast<GstElement*>(gst_object_ref_sink(raw)) : nullptr};
  if (error || !element) return failed(error ? error->message : "it could not be parsed");
  const GType type = G_OBJECT_TYPE(element.get());
  if (type == GST_TYPE_BIN || type == GST_TYPE_PIPELINE) {
    show_unlinked_pad(element.get(), GST_PAD_SINK, "sink");
    show_unlinked_pad(element.get(), GST_PAD_SRC, "src");
  }
  if (!stage_pad(element.get(), GST_PAD_SINK)) return failed("it has no sink pad");
  if (!stage_pad(element.get(), GST_PAD_SRC)) return failed("it has no src pad");
  gst_object_set_name(GST_OBJECT(element.get()), stage);
  return {.element = std::move(element)};
}

GstElement* Stages::add(gstpp::ElementPtr element) {
  GstElement* raw = element.get();
  gst_bin_add(bin_, raw);
  added_.push_back(std::move(element));
  return raw;
}

void Stages::clear() {
  for (auto it = added_.rbegin(); it != added_.rend(); ++it) {
    gst_element_set_state(it->get(), GST_STATE_NULL);
    gst_bin_remove(bin_, it->get());
  }
  added_.clear();
  for (Stage& stage : stages_) stage = {};
  tts_sink_.reset();
  built_.reset();
}

std::optional<std::string> Stages::link_through(GstPad* from, GstPad* to, const char* name,
                                                std::optional<bool> converts) {
  gstpp::PadPtr last = gstpp::share_object(from);
  if (converts.value_or(!caps_meet(from, to))) {
    for (const char* factory : {"audioconvert", "audioresample"}) {
      gstpp::ElementPtr converter =
          gstpp::make_element(factory, (std::string(name) + factory).c_str());
      if (!converter) return std::string(name) + ": the element " + factory + " is missing";
      GstElement* element = add(std::move(converter));
      gstpp::PadPtr sink = stage_pad(element, GST_PAD_SINK);
      if (GST_PAD_LINK_FAILED(gst_pad_link(last.get(), sink.get()))) break;
      last = stage_pad(element, GST_PAD_SRC);
    }
  }
  const GstPadLinkReturn linked = gst_pad_link(last.get(), to);
  if (GST_PAD_LINK_SUCCESSFUL(linked)) return std::nullopt;
  return std::string(name) + ": its caps do not fit (" + gst_pad_link_get_name(linked) + ")";
}

std::optional<std::string> Stages::make(StageKind kind, const std::string& first,
                                        const std::string& fallback) {
  const char* name = stage_name(kind);
  Stage& stage = at(kind);
  ParsedStage one = parse_stage(name, first);
  if (!one.element) return one.error;
  stage.providers[0] = gstpp::share_object(add(std::move(one.element)));
  if (jackfield::is_blank(fallback)) {
    stage.sink = stage_pad(stage.providers[0].get(), GST_PAD_SINK);
    stage.src = stage_pad(stage.providers[0].get(), GST_PAD_SRC);
    return std::nullopt;
  }
  ParsedStage two = parse_stage((std::string(name) + "-fallback").c_str(), fallback);
  if (!two.element) return two.error;
  stage.providers[1] = gstpp::share_object(add(std::move(two.element)));
  stage.fallback = std::make_unique<StageSwitch>(kind, listener_);
  stage.fallback->configure(settings_[static_cast<std::size_t>(kind)]);
  GstElement* fork = add(gstpp::share_object(stage.fallback->fork()));
  GstElement* join = add(gstpp::share_object(stage.fallback->join()));
  stage.sink = static_pad(fork, "sink");
  stage.src = static_pad(join, "src");
  return std::nullopt;
}

// Fork, providers and join, once what lies behind the join is linked.
std::optional<std::string> Stages::link_providers(StageKind kind, GstPad* behind) {
  Stage& stage = at(kind);
  if (!stage.fallback) return std::nullopt;
  for (int i = 0; i < 2; ++i) {
    const std::string name = std::string(stage_name(kind)) + (i ? "-fallback" : "");
    gstpp::PadPtr out = static_pad(stage.fallback->fork(), i ? "src_1" : "src_0");
    gstpp::PadPtr in = static_pad(stage.fallback->join(), i ? "sink_1" : "sink_0");
    gstpp::PadPtr src = stage_pad(stage.providers[i].get(), GST_PAD_SRC);
    gstpp::PadPtr sink = stage_pad(stage.providers[i].get(), GST_PAD_SINK);
    // Before the fork nothing is linked yet, so it would take anything: converters are for what
    // cannot take the caller's audio.
    gstpp::PadPtr port = stage_pad(fixed_.stt_port, GST_PAD_SRC);
    const bool converts = kind == StageKind::kStt && !caps_meet(port.get(), sink.get());
    if (auto error = link_through(out.get(), sink.get(), name.c_str(), converts)) return error;
    const bool converts_out = kind == StageKind::kTts && !caps_meet(src.get(), behind);
    if (kind != StageKind::kTts && !caps_meet(src.get(), behind)) {
      return name + ": it must give text/x-raw, format=utf8";
    }
    if (auto error = link_through(src.get(), in.get(), name.c_str(), converts_out)) return error;
  }
  return std::nullopt;
}

bool Stages::stt_never_blocks() const {
  for (const auto& provider : stages_[static_cast<std::size_t>(StageKind::kStt)].providers) {
    if (!provider) continue;
    gstpp::PadPtr sink = stage_pad(provider.get(), GST_PAD_SINK);
    if (!never_blocks(sink.get(), fixed_.turn_gate)) return false;
  }
  return true;
}

void Stages::configure(const StageSwitchSettings& stt, const StageSwitchSettings& llm,
                       const StageSwitchSettings& tts) {
  settings_[0] = stt;
  settings_[1] = llm;
  settings_[2] = tts;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    if (stages_[i].fallback) stages_[i].fallback->configure(settings_[i]);
  }
}

std::optional<Stages::Owner> Stages::owner(GstObject* element) const {
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    for (int p = 0; p < 2; ++p) {
      GstElement* provider = stages_[i].providers[static_cast<std::size_t>(p)].get();
      if (provider && (element == GST_OBJECT(provider) ||
                       gst_object_has_as_ancestor(element, GST_OBJECT(provider)))) {
        return Owner{static_cast<StageKind>(i), p, stages_[i].fallback.get()};
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> Stages::link_all() {
  gstpp::PadPtr port = stage_pad(fixed_.stt_port, GST_PAD_SRC);
  Stage& stt = at(StageKind::kStt);
  Stage& llm = at(StageKind::kLlm);
  Stage& tts = at(StageKind::kTts);
  gstpp::PadPtr& stt_sink = stt.sink;
  gstpp::PadPtr turn_sink = stage_pad(fixed_.turn_gate, GST_PAD_SINK);
  gstpp::PadPtr turn_src = stage_pad(fixed_.turn_gate, GST_PAD_SRC);
  tts_sink_ = gstpp::share_object(tts.sink.get());
  gstpp::PadPtr reply_sink = stage_pad(fixed_.reply_gate, GST_PAD_SINK);
  // Behind before before: what a provider must fit to is known then.
  if (auto error = link_providers(StageKind::kTts, reply_sink.get())) return error;
  if (auto error = link_providers(StageKind::kLlm, tts_sink_.get())) return error;
  if (auto error = link_providers(StageKind::kStt, turn_sink.get())) return error;

  const auto text = [](GstPad* from, GstPad* to, const char* what) -> std::optional<std::string> {
    const GstPadLinkReturn linked = gst_pad_link(from, to);
    if (GST_PAD_LINK_SUCCESSFUL(linked)) return std::nullopt;
    return std::string(what) + ": it must take and give text/x-raw, format=utf8 here (" +
           gst_pad_link_get_name(linked) + ")";
  };
  if (auto error = text(stt.src.get(), turn_sink.get(), "stt")) return error;
  if (auto error = text(turn_src.get(), llm.sink.get(), "llm")) return error;
  if (auto error = text(llm.src.get(), tts_sink_.get(), "llm or tts")) return error;
  if (auto error = link_through(tts.src.get(), reply_sink.get(), "tts", std::nullopt)) return error;

  if (!stt_never_blocks()) {
    gstpp::ElementPtr queue = gstpp::make_element("queue", "sttqueue");
    if (!queue) return std::string("stt: the element queue is missing");
    g_object_set(queue.get(), "max-size-buffers", 0u, "max-size-bytes", 0u, "max-size-time",
                 kSttQueueTime, nullptr);
    gst_util_set_object_arg(G_OBJECT(queue.get()), "leaky", "downstream");
    GstElement* element = add(std::move(queue));
    gstpp::PadPtr sink = stage_pad(element, GST_PAD_SINK);
    gst_pad_link(port.get(), sink.get());
    port = stage_pad(element, GST_PAD_SRC);
  }
  return link_through(port.get(), stt_sink.get(), "stt", std::nullopt);
}

std::optional<std::string> Stages::build(const StageDescriptions& wanted) {
  if (built_ == wanted) return std::nullopt;
  clear();
  auto error = make(StageKind::kStt, wanted.stt, wanted.stt_fallback);
  if (!error) error = make(StageKind::kLlm, wanted.llm, wanted.llm_fallback);
  if (!error) error = make(StageKind::kTts, wanted.tts, wanted.tts_fallback);
  if (!error) error = link_all();
  if (error) {
    clear();
    return error;
  }
  built_ = wanted;
  return std::nullopt;
}

}  // namespace agentbrain
