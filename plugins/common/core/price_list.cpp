#include "price_list.hpp"

#include <algorithm>
#include <initializer_list>

namespace jackfield {
namespace {

using Kind = JsonValue::Kind;

constexpr std::size_t kMostModels = 1000;
constexpr double kHighestPrice = 1e6;  // per million tokens: one unit of money a token
constexpr double kMillion = 1e6;

[[noreturn]] void wrong(TextPosition where, const std::string& path, const std::string& why) {
  throw PositionedError(where, "\"" + path + "\": " + why);
}

const JsonValue& of_kind(const JsonValue& value, const std::string& path, Kind kind) {
  if (!value.is(kind))
    wrong(value.where, path,
          std::string("it must be ") + kind_name(kind) + ", not " + kind_name(value.kind));
  return value;
}

void known(const JsonValue& object, const std::string& path,
           std::initializer_list<std::string_view> names) {
  for (const JsonMember& member : object.members) {
    if (std::find(names.begin(), names.end(), member.key) != names.end()) continue;
    std::string all;
    for (const std::string_view name : names) all += (all.empty() ? "" : ", ") + std::string(name);
    wrong(member.where, path + member.key, "there is no such member; there are " + all);
  }
}

double price(const JsonValue& prices, const std::string& path, const char* name,
             std::optional<double> otherwise) {
  const JsonValue* found = prices.find(name);
  if (!found && otherwise) return *otherwise;
  if (!found) wrong(prices.where, path, std::string("the price \"") + name + "\" is missing");
  const std::string at = path + "." + name;
  of_kind(*found, at, Kind::kNumber);
  if (!(found->number >= 0 && found->number <= kHighestPrice))
    wrong(found->where, at, "a price per million tokens lies from 0 to 1000000");
  return found->number;
}

// "-2025-12-11" behind the name of a model.
bool is_date(std::string_view text) {
  constexpr std::string_view kShape = "-0000-00-00";
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == '0' ? !digit : text[i] != '-') return false;
  }
  return true;
}

}  // namespace

const PriceList::Prices* PriceList::find(std::string_view model) const {
  if (const auto found = models_.find(model); found != models_.end()) return &found->second;
  constexpr std::size_t kDate = 11;
  if (model.size() <= kDate || !is_date(model.substr(model.size() - kDate))) return nullptr;
  const auto found = models_.find(model.substr(0, model.size() - kDate));
  return found == models_.end() ? nullptr : &found->second;
}

std::optional<double> PriceList::cost(std::string_view model, const TokenUsage& usage) const {
  const Prices* prices = find(model);
  if (!prices) return std::nullopt;
  const std::uint64_t cached = std::min(usage.cached_input, usage.input);
  return (static_cast<double>(usage.input - cached) * prices->input +
          static_cast<double>(cached) * prices->cached_input +
          static_cast<double>(usage.output) * prices->output) /
         kMillion;
}

PriceList read_price_list(std::string_view json) {
  const JsonValue root = read_json(json);
  if (!root.is(Kind::kObject)) throw PositionedError(root.where, "a price list is a JSON object");
  known(root, "", {"currency", "models", "as-of", "source"});
  PriceList list;
  for (const char* remark : {"as-of", "source"})
    if (const JsonValue* found = root.find(remark)) of_kind(*found, remark, Kind::kString);
  const JsonValue* currency = root.find("currency");
  if (!currency) throw PositionedError(root.where, "\"currency\" is missing");
  list.currency_ = of_kind(*currency, "currency", Kind::kString).string;
  if (list.currency_.empty()) wrong(currency->where, "currency", "it is empty");
  const JsonValue* models = root.find("models");
  if (!models) throw PositionedError(root.where, "\"models\" is missing");
  of_kind(*models, "models", Kind::kObject);
  if (models->members.size() > kMostModels)
    wrong(models->where, "models", "there are more than 1000");
  for (const auto& [name, where, value] : models->members) {
    const std::string path = "models." + name;
    if (name.empty()) wrong(where, path, "a model has a name");
    of_kind(value, path, Kind::kObject);
    known(value, path + ".", {"input", "cached-input", "output"});
    PriceList::Prices prices;
    prices.input = price(value, path, "input", std::nullopt);
    prices.cached_input = price(value, path, "cached-input", prices.input);
    prices.output = price(value, path, "output", std::nullopt);
    list.models_.emplace(name, prices);
  }
  return list;
}

}  // namespace jackfield
