#include "serve/late_answer.hpp"

#include <utility>

namespace jackfield {

LateAnswer::LateAnswer(SoupServerMessage* message, std::function<void()> on_gone)
    : message_(SOUP_SERVER_MESSAGE(g_object_ref(message))), on_gone_(std::move(on_gone)) {
  g_signal_connect(message, "finished", G_CALLBACK(LateAnswer::on_gone), this);
  g_signal_connect(message, "disconnected", G_CALLBACK(LateAnswer::on_gone), this);
}

LateAnswer::~LateAnswer() { g_signal_handlers_disconnect_by_data(message_.get(), this); }

void LateAnswer::on_gone(SoupServerMessage*, gpointer user) {
  auto* self = static_cast<LateAnswer*>(user);
  if (std::exchange(self->gone_, true) || self->answered_) return;
  if (const auto tell = std::exchange(self->on_gone_, nullptr)) tell();
}

bool LateAnswer::begin(guint status) {
  if (is_over()) return false;
  answered_ = true;
  soup_server_message_set_status(message_.get(), status, nullptr);
  return true;
}

void LateAnswer::finish() {
  if (std::exchange(waiting_, false)) soup_server_message_unpause(message_.get());
}

void LateAnswer::wait() {
  if (is_over() || std::exchange(waiting_, true)) return;
  soup_server_message_pause(message_.get());
}

}  // namespace jackfield
