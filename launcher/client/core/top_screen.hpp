// The screen of `jackfield top`: what it shows of a server, and what its keys do. Pure; times are
// milliseconds of the clock of the LiveView.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/core/live_view.hpp"
#include "terminal/core/key_reader.hpp"
#include "terminal/core/screen_painter.hpp"
#include "terminal/core/styled_row.hpp"

namespace jackfield::client {

namespace top {
struct Quit {};
struct HangUp {
  std::string id;
};
// The details of this call are shown from now on; "": those of none.
struct LookAt {
  std::string id;
};
}  // namespace top
using TopAction = std::variant<top::Quit, top::HangUp, top::LookAt>;

class TopScreen {
 public:
  explicit TopScreen(std::string server) : server_(std::move(server)) {}

  std::optional<TopAction> key(const KeyPress& press, const LiveView& view);
  // As many rows as the screen has.
  std::vector<StyledRow> rows(const LiveView& view, ScreenSize size, double now);

  // Why nothing comes at present; "": all is well.
  void set_trouble(std::string text) { trouble_ = std::move(text); }
  // What became of something that was asked for; gone with the next key.
  void set_note(std::string text, bool bad) {
    note_ = std::move(text);
    note_is_bad_ = bad;
  }

 private:
  enum class Sort { kNewest, kSlowest, kMostTurns, kLine };

  std::optional<TopAction> overview_key(const KeyPress& press, const LiveView& view);
  std::optional<TopAction> details_key(const KeyPress& press);
  void move(const LiveView& view, long by);
  std::vector<const LiveSession*> sorted(const LiveView& view) const;
  std::size_t chosen_index(const std::vector<const LiveSession*>& sessions) const;

  void add_head(std::vector<StyledRow>& rows, const LiveView& view, double now) const;
  void add_lines(std::vector<StyledRow>& rows, const LiveView& view, ScreenSize size) const;
  void add_sessions(std::vector<StyledRow>& rows, const LiveView& view, ScreenSize size,
                    double now);
  void add_details(std::vector<StyledRow>& rows, const LiveView& view, ScreenSize size, double now);
  StyledRow foot() const;

  const std::string server_;
  std::string trouble_, note_;
  bool note_is_bad_ = false;
  bool recent_ = true;  // percentiles of the last 1000, or since the start
  Sort sort_ = Sort::kNewest;
  std::string chosen_;         // the id that the keys are about
  std::size_t chosen_at_ = 0;  // where it stood, for when it is gone
  std::size_t first_shown_ = 0;
  std::size_t page_ = 10;   // rows that a page has
  bool looking_ = false;    // at the details of the chosen one
  std::size_t back_ = 0;    // rows of its transcript behind the end
  std::string hanging_up_;  // the id of the one that would be hung up
};

}  // namespace jackfield::client
