// Makes and links the exchangeable stages of agentbrain. Called in NULL only (state changes of one
// element are serialized by GStreamer).
#pragma once

#include <gst/gst.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gstpp.hpp"
#include "stage_switch.hpp"

namespace agentbrain {

// A stage of that name by a bin description, with a sink and a src pad; or why there is none.
struct ParsedStage {
  gstpp::ElementPtr element;
  std::string error;
};
ParsedStage parse_stage(const char* stage, const std::string& description);
// Its first pad of that direction.
gstpp::PadPtr stage_pad(GstElement* element, GstPadDirection direction);

struct StageDescriptions {
  std::string stt;
  std::string llm;
  std::string tts;
  // Who takes over when one of them fails; empty: nobody.
  std::string stt_fallback;
  std::string llm_fallback;
  std::string tts_fallback;
  bool operator==(const StageDescriptions&) const = default;
};

class Stages {
 public:
  struct Fixed {  // children of the bin that stay; owned by it
    GstElement* stt_port = nullptr;
    GstElement* turn_gate = nullptr;
    GstElement* reply_gate = nullptr;
  };

  Stages(GstBin* bin, const Fixed& fixed, StageSwitchListener* listener)
      : bin_(bin), fixed_(fixed), listener_(listener) {}

  // Parses and links what changed. On failure the message says which stage and why, and nothing of
  // the stages is left in the bin.
  std::optional<std::string> build(const StageDescriptions& wanted);

  // Takes what was built out of the bin.
  void clear();

  void configure(const StageSwitchSettings& stt, const StageSwitchSettings& llm,
                 const StageSwitchSettings& tts);
  // Which stage, and which of its providers (0, 1), an element inside the bin belongs to.
  struct Owner {
    StageKind kind;
    int provider;
    StageSwitch* fallback;  // nullptr: the stage has one provider
  };
  std::optional<Owner> owner(GstObject* element) const;
  GstPad* tts_sink() const { return tts_sink_.get(); }

 private:
  struct Stage {
    std::array<gstpp::ElementPtr, 2> providers;
    std::unique_ptr<StageSwitch> fallback;
    gstpp::PadPtr sink, src;  // of the whole: the provider's, or those of fork and join
  };
  std::optional<std::string> make(StageKind kind, const std::string& first,
                                  const std::string& fallback);
  std::optional<std::string> link_providers(StageKind kind, GstPad* behind);
  Stage& at(StageKind kind) { return stages_[static_cast<std::size_t>(kind)]; }
  bool stt_never_blocks() const;
  std::optional<std::string> link_all();
  std::optional<std::string> link_through(GstPad* from, GstPad* to, const char* name,
                                          std::optional<bool> converts);
  GstElement* add(gstpp::ElementPtr element);

  GstBin* bin_;
  const Fixed fixed_;
  StageSwitchListener* listener_;
  std::optional<StageDescriptions> built_;
  std::array<Stage, 3> stages_;  // by StageKind
  StageSwitchSettings settings_[3];
  gstpp::PadPtr tts_sink_;
  std::vector<gstpp::ElementPtr> added_;
};

}  // namespace agentbrain
