#include "client/core/room_table.hpp"

#include <cmath>
#include <cstdio>

#include "terminal/core/text_table.hpp"

namespace jackfield::client {
namespace {

constexpr double kSilence = -99.5;  // dBFS

std::string decibels(double value, bool sign) {
  char text[32];
  std::snprintf(text, sizeof text, sign ? "%+.0f" : "%.0f", std::round(value) + 0.0);
  return text;
}

Span voice_span(const Seat& seat) {
  if (seat.muted) return {"muted", Style::kYellow};
  return seat.voice ? Span{"speaks", Style::kGreen} : Span{};
}

}  // namespace

std::vector<StyledRow> room_table(
    const std::vector<Room>& rooms, std::size_t id_length, std::size_t columns,
    const std::function<std::string(const std::string&)>& local_time) {
  const std::size_t most = columns == kUnlimitedColumns ? kUnlimitedColumns : 24;
  TextTable table{{{.title = "ROOM", .most = most},
                   {.title = "LINE", .importance = 6, .most = most},
                   {.title = "SEATS", .align = Align::kRight, .importance = 5, .most = most},
                   {.title = "SEAT", .most = most},
                   {.title = "KIND", .importance = 2, .most = most},
                   {.title = "NAME", .importance = 1, .most = most},
                   {.title = "SINCE", .importance = 7, .most = most},
                   {.title = "VOICE", .most = most},
                   {.title = "LEVEL dB", .align = Align::kRight, .importance = 4, .most = most},
                   {.title = "GAIN dB", .align = Align::kRight, .importance = 3, .most = most},
                   {.title = "HEARS", .importance = 8, .most = most}}};
  for (const Room& room : rooms) {
    const Span name{room.name, Style::kBold};
    const Span taken{std::to_string(room.seats.size()) + "/" + std::to_string(room.size)};
    if (room.seats.empty()) table.add({name, {room.line}, taken, {}, {}, {}, {}, {}, {}, {}, {}});
    for (const Seat& seat : room.seats)
      table.add({name,
                 {room.line},
                 taken,
                 {seat.session.substr(0, id_length), Style::kBold},
                 {seat.kind},
                 {seat.name},
                 {local_time(seat.joined_at)},
                 voice_span(seat),
                 {seat.level < kSilence ? "-" : decibels(seat.level, false)},
                 {seat.gain == 0 ? "0" : decibels(seat.gain, true)},
                 {seat.hears}});
  }
  return table.lay_out(columns);
}

}  // namespace jackfield::client
