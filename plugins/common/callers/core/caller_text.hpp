// Texts about callers: what may stand in a directory, and what a model is told. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "caller.hpp"

namespace jackfield::callers {

// One line, without characters that control a terminal, blanks at its ends or in a row. "" when
// nothing is left, or when it is no UTF-8.
std::string clean_text(std::string_view text);

// "de", "en-GB": letters, digits and '-' (BCP 47), at most 35.
bool is_language(std::string_view text);
// Letters, digits, '-', '_', '.' and ':', 64 at most.
bool is_permission(std::string_view text);

// What a model is told of the caller: name, language and the newest notes as quoted data, never as
// instructions. nullopt: nothing is known of them. Not their number.
std::string told_of(const std::optional<Caller>& caller);
// Of somebody whose entry could not be read.
std::string told_without_directory();

constexpr std::size_t kMostNotesTold = 40;
constexpr std::size_t kMostBytesTold = 6 * 1024;

// "2026-11-23", UTC.
std::string date_text(std::int64_t time);

}  // namespace jackfield::callers
