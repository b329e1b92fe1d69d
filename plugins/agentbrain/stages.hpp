// Makes and links the exchangeable stages of agentbrain. Called in NULL only (state changes of one
// element are serialized by GStreamer).
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>
#include <vector>

#include "gstpp.hpp"

namespace agentbrain {

struct StageDescriptions {
  std::string stt;
  std::string llm;
  std::string tts;
  bool operator==(const StageDescriptions&) const = default;
};

class Stages {
 public:
  struct Fixed {  // children of the bin that stay; owned by it
    GstElement* stt_port = nullptr;
    GstElement* turn_gate = nullptr;
    GstElement* reply_gate = nullptr;
  };

  Stages(GstBin* bin, const Fixed& fixed) : bin_(bin), fixed_(fixed) {}

  // Parses and links what changed. On failure the message says which stage and why, and nothing of
  // the stages is left in the bin.
  std::optional<std::string> build(const StageDescriptions& wanted);

  GstElement* stt() const { return stt_.get(); }
  GstElement* llm() const { return llm_.get(); }
  GstElement* tts() const { return tts_.get(); }
  GstPad* tts_sink() const { return tts_sink_.get(); }

 private:
  std::optional<std::string> link_all();
  std::optional<std::string> link_through(GstPad* from, GstPad* to, const char* name);
  GstElement* add(gstpp::ElementPtr element);
  void clear();

  GstBin* bin_;
  const Fixed fixed_;
  std::optional<StageDescriptions> built_;
  gstpp::ElementPtr stt_;
  gstpp::ElementPtr llm_;
  gstpp::ElementPtr tts_;
  gstpp::PadPtr tts_sink_;
  std::vector<gstpp::ElementPtr> added_;
};

}  // namespace agentbrain
