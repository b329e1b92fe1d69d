// The answer to one request: given once, at once or later; the request waits meanwhile. Main
// thread.
#pragma once

#include <libsoup/soup.h>

#include <functional>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

class LateAnswer {
 public:
  // `on_gone`: nobody waits for an answer any more. It may let go of the answer.
  explicit LateAnswer(SoupServerMessage* message, std::function<void()> on_gone = {});
  ~LateAnswer();
  LateAnswer(const LateAnswer&) = delete;
  LateAnswer& operator=(const LateAnswer&) = delete;

  // From here on fields and body may be filled in. False when there was an answer before, or nobody
  // is there any more.
  bool begin(guint status);
  // It is complete.
  void finish();
  // To be called when a handler returns without an answer.
  void wait();

  // Has a part of the answer been given, or is nobody there any more?
  bool is_over() const { return answered_ || gone_; }
  SoupServerMessage* message() const { return message_.get(); }
  SoupMessageHeaders* fields() const {
    return soup_server_message_get_response_headers(message_.get());
  }

 private:
  static void on_gone(SoupServerMessage*, gpointer self);

  gstpp::GObjectPtr<SoupServerMessage> message_;
  std::function<void()> on_gone_;
  bool answered_ = false;
  bool gone_ = false;
  bool waiting_ = false;
};

}  // namespace jackfield
