#include "text_stage.hpp"

#include <utility>

#include "stages.hpp"

namespace agentbrain {

TextStage::TextStage(GstBin* bin, std::string name, TurnGateListener* turns,
                     TextGateListener* texts)
    : bin_(bin), name_(std::move(name)), turns_(turns), texts_(texts) {}

void TextStage::add_gates() {
  if (in_) return;
  const auto add = [&](GType type, const char* ending) {
    auto* element = static_cast<GstElement*>(g_object_new(type, nullptr));
    gstpp::ElementPtr owned{static_cast<GstElement*>(gst_object_ref_sink(element))};
    gst_object_set_name(GST_OBJECT(element), (name_ + ending).c_str());
    gst_bin_add(bin_, element);
    return owned;
  };
  in_ = add(GST_TYPE_TURN_GATE, "-in");
  out_ = add(GST_TYPE_TEXT_GATE, "-out");
  gst_turn_gate_connect(in(), turns_, nullptr);
  gst_text_gate_connect(out(), texts_);
}

std::optional<std::string> TextStage::build(const std::string& description) {
  if (stage_ && built_ == description) return std::nullopt;
  remove(stage_);
  ParsedStage parsed = parse_stage(name_.c_str(), description);
  if (!parsed.element) return parsed.error;
  add_gates();
  stage_ = std::move(parsed.element);
  gst_bin_add(bin_, stage_.get());
  const auto link = [](GstElement* from, GstElement* to) {
    const gstpp::PadPtr src = stage_pad(from, GST_PAD_SRC);
    const gstpp::PadPtr sink = stage_pad(to, GST_PAD_SINK);
    return GST_PAD_LINK_SUCCESSFUL(gst_pad_link(src.get(), sink.get()));
  };
  if (!link(in_.get(), stage_.get()) || !link(stage_.get(), out_.get())) {
    remove(stage_);
    return name_ + ": it must take and give text/x-raw, format=utf8";
  }
  built_ = description;
  return std::nullopt;
}

void TextStage::remove(gstpp::ElementPtr& element) {
  if (!element) return;
  gst_element_set_state(element.get(), GST_STATE_NULL);
  gst_bin_remove(bin_, element.get());
  element.reset();
}

void TextStage::clear() {
  remove(stage_);
  remove(in_);
  remove(out_);
}

bool TextStage::owns(GstObject* element) const {
  return stage_ && (element == GST_OBJECT(stage_.get()) ||
                    gst_object_has_as_ancestor(element, GST_OBJECT(stage_.get())));
}

}  // namespace agentbrain
