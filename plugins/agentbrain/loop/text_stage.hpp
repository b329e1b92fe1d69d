// A stage text -> text that is run by its owner inside the owner's bin, in a thread of its own:
// questions go in by a turngate, what is answered comes out at a textgate.
//
//   turngate -> stage -> textgate
//
// Called by the owner's state changes only, but where stated.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>
#include <vector>

#include "gstpp.hpp"
#include "gsttextgate.hpp"
#include "gstturngate.hpp"

namespace agentbrain {

class TextStage {
 public:
  // `name` is the stage's in the bin; the gates have "-in" and "-out" behind it. The listeners must
  // outlive the streaming of the bin.
  TextStage(GstBin* bin, std::string name, TurnGateListener* turns, TextGateListener* texts);

  // The gates stay until clear().
  void add_gates();
  // Parses and links what changed. On failure says why, and no stage is left in the bin.
  std::optional<std::string> build(const std::string& description);
  // Takes stage and gates out of the bin.
  void clear();

  // What is inside the bin; nullptr while it is not. Any thread while the bin streams.
  GstElement* stage() const { return stage_.get(); }
  GstTurnGate* in() const { return in_ ? GST_TURN_GATE(in_.get()) : nullptr; }
  GstTextGate* out() const { return out_ ? GST_TEXT_GATE(out_.get()) : nullptr; }
  // Whether an element is the stage, or within it.
  bool owns(GstObject* element) const;

 private:
  void remove(gstpp::ElementPtr& element);

  GstBin* const bin_;
  const std::string name_;
  TurnGateListener* const turns_;
  TextGateListener* const texts_;
  gstpp::ElementPtr in_, stage_, out_;
  std::string built_;
};

}  // namespace agentbrain
