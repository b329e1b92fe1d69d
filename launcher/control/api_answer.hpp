// The answer to one request of the control API: given once, at once or later; the request waits
// meanwhile. Nothing happens when the client is gone by then. Main thread.
#pragma once

#include <libsoup/soup.h>

#include <memory>
#include <string>

#include "records/message_json.hpp"
#include "serve/late_answer.hpp"

namespace jackfield {

class ApiAnswer {
 public:
  explicit ApiAnswer(SoupServerMessage* message);
  // Who lets go of it without an answer has failed: 500.
  ~ApiAnswer();
  ApiAnswer(const ApiAnswer&) = delete;
  ApiAnswer& operator=(const ApiAnswer&) = delete;

  void json(guint status, const JsonObjectPtr& object);
  void text(guint status, const char* type, const std::string& body);
  // Without a copy.
  void bytes(guint status, const char* type, GBytes* body);
  // Begins an answer whose length and body are given to the message by others, now or later
  // (FileSender). False when it is over.
  bool start(guint status, const char* type);
  // {"error":{"code":"no-such-session","message":"…"}}; the text is for people.
  void error(guint status, const char* code, const std::string& message);

  // Has a part of the answer been given, or is nobody there any more?
  bool is_over() const { return answer_.is_over(); }
  // For header fields of an answer. Those that keep it from being used by foreign pages are set.
  SoupServerMessage* message() const { return answer_.message(); }
  // To be called when a handler has returned without an answer.
  void wait() { answer_.wait(); }

 private:
  bool begin(guint status, const char* type);

  LateAnswer answer_;
};
using ApiAnswerPtr = std::shared_ptr<ApiAnswer>;

}  // namespace jackfield
