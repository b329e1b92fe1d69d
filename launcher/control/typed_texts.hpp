// Hands typed texts to the agents of pipelines: each by the action signal `user-text` of the first
// element that has it (agentbrain, openairealtime), in a thread of GStreamer's pool, because it
// interrupts a reply and so waits for streaming threads. Those for one pipeline go one after the
// other, in order. Main thread.
#pragma once

#include <gst/gst.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace jackfield {

class TypedTexts {
 public:
  enum class Outcome { kTaken, kNobody, kRefused, kTooMany };
  using Done = std::function<void(Outcome)>;

  static constexpr std::size_t kMostWaiting = 16;  // for one pipeline

  TypedTexts() = default;
  TypedTexts(const TypedTexts&) = delete;
  TypedTexts& operator=(const TypedTexts&) = delete;

  void send(GstElement* pipeline, std::string text, Done done);

 private:
  struct Order {
    std::string text;
    Done done;
  };
  struct Job;

  void begin(GstElement* pipeline, Order order);
  void finished(GstElement* pipeline);

  // Of pipelines that have a text on its way: those behind it.
  std::map<GstElement*, std::deque<Order>> waiting_;
  // Gone with this: jobs that end later find nobody.
  std::shared_ptr<TypedTexts*> self_ = std::make_shared<TypedTexts*>(this);
};

}  // namespace jackfield
