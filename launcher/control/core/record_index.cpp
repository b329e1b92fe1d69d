#include "control/core/record_index.hpp"

#include <algorithm>
#include <utility>

namespace jackfield {
namespace {

constexpr std::size_t kStampLength = 15;  // YYYYMMDD-HHMMSS
constexpr std::size_t kIdLength = 12;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool fits(const RecordSummary& record, const RecordQuery& query) {
  if (query.line && record.line != *query.line) return false;
  if (query.failed && record.failed != *query.failed) return false;
  return query.number.empty() || record.from.find(query.number) != std::string::npos ||
         record.to.find(query.number) != std::string::npos;
}

}  // namespace

bool is_session_id(std::string_view id) {
  return id.size() == kIdLength && std::all_of(id.begin(), id.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f');
         });
}

std::optional<RecordName> parse_record_name(std::string_view name) {
  if (name.size() != kStampLength + 1 + kIdLength || name[kStampLength] != '-') return std::nullopt;
  const RecordName parts{name.substr(0, kStampLength), name.substr(kStampLength + 1)};
  for (std::size_t i = 0; i < kStampLength; ++i) {
    if (i == 8 ? parts.stamp[i] != '-' : !is_digit(parts.stamp[i])) return std::nullopt;
  }
  if (!is_session_id(parts.session)) return std::nullopt;
  return parts;
}

std::vector<std::string> record_names(std::vector<std::string> names) {
  std::erase_if(names, [](const std::string& name) { return !parse_record_name(name); });
  std::sort(names.begin(), names.end(), std::greater<>{});
  return names;
}

std::string folder_of(const std::vector<std::string>& names, std::string_view session) {
  if (!is_session_id(session)) return {};
  const auto it = std::find_if(names.begin(), names.end(),
                               [&](const std::string& name) { return name.ends_with(session); });
  return it == names.end() ? std::string{} : *it;
}

void RecordIndex::set_folders(const std::vector<std::string>& names) {
  Folders known = std::exchange(folders_, {});
  kept_ = 0;
  for (const std::string& name : names) {
    auto node = known.extract(name);
    if (node.empty()) {
      folders_.emplace_hint(folders_.end(), name, std::nullopt);
    } else {
      if (node.mapped()) ++kept_;
      folders_.insert(folders_.end(), std::move(node));
    }
  }
}

RecordPage RecordIndex::page(const RecordQuery& query,
                             const std::set<std::string, std::less<>>& running, const Load& load,
                             const Contains& contains) {
  RecordPage page;
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, RecordQuery::kMaxLimit);
  std::size_t loads = 0;
  std::size_t searches = 0;
  auto it = query.before.empty() ? folders_.begin() : folders_.upper_bound(query.before);
  const std::string* last = nullptr;
  for (; it != folders_.end(); ++it) {
    if (page.records.size() == limit || loads == limits_.loads || searches == limits_.searches) {
      // A page is full, or costs enough.
      page.next = last ? *last : query.before;
      break;
    }
    const auto& [folder, known] = *it;
    last = &folder;
    if (running.contains(parse_record_name(folder)->session)) continue;
    std::optional<RecordSummary> record = known;
    if (!record) {
      ++loads;
      record = load(folder);
      if (!record) continue;
      if (record->complete && kept_ < limits_.kept) {
        it->second = record;
        ++kept_;
      }
    }
    if (!fits(*record, query)) continue;
    if (!query.text.empty()) {
      ++searches;
      if (!contains(folder, query.text)) continue;
    }
    page.records.push_back(*std::move(record));
  }
  return page;
}

}  // namespace jackfield
