// One speech-to-speech stage in place of all that agentbrain is made of: while it is there, the
// bin's pads are its pads, and the other children rest in NULL. Used in NULL and READY only.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "gstpp.hpp"

namespace agentbrain {

class RealtimeStage {
 public:
  struct Bin {
    GstBin* bin = nullptr;
    GstPad* sink = nullptr;  // the bin's ghost pads
    GstPad* src = nullptr;
    std::vector<GstElement*> others;  // children that rest
  };
  explicit RealtimeStage(Bin bin);

  // There is to be such a stage: from here on the pads can be linked to what only it takes.
  void expect();
  // The other children, when something has woken them.
  void let_others_rest();
  // Makes it if it is not there yet. The error says why not.
  std::optional<std::string> build(const std::string& description);
  // The bin is as it was without one.
  void clear();

  // What the caller typed, to the first element of the stage that has the signal. False: it was not
  // taken. Any thread, while the pipeline runs.
  bool user_text(const char* text) const;
  bool tell(const char* text, bool speak) const;

  // Whether the stage greets by itself, or waits for greet(): when it has the property
  // `speak-first` and the signal. Before PAUSED.
  void speak_first(bool speaks) const;
  void greet() const;  // any thread

  // To which turns it answers, to the first element of the stage with the properties `answer-when`,
  // `names` and `named-window`. False: there is none. Any thread.
  bool answer_when(bool named, const std::string& names, guint64 window) const;

  bool expected() const { return expected_; }
  GstElement* element() const { return element_.get(); }

 private:
  void remove();
  gstpp::ElementPtr stage() const;
  gstpp::ElementPtr greeter() const;

  const Bin bin_;
  gstpp::PadPtr usual_sink_, usual_src_;  // targets of the ghost pads
  std::atomic<bool> expected_ = false;
  std::string description_;
  bool speaks_first_ = true;  // as it was described
  gstpp::ElementPtr element_;
};

}  // namespace agentbrain
