// The kinds of participants of a conference. Pure.
#pragma once

namespace jackfield {

enum class SeatKind { kPhone, kBrowser, kAgent };

// As in pipeline files, records and the control API.
constexpr const char* seat_word(SeatKind kind) {
  switch (kind) {
    case SeatKind::kPhone:
      return "phone";
    case SeatKind::kBrowser:
      return "browser";
    case SeatKind::kAgent:
      break;
  }
  return "agent";
}

}  // namespace jackfield
