#include "exposition_reader.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <regex>
#include <set>
#include <utility>

namespace jackfield::test {
namespace {

const std::set<std::string> kTypes{"counter", "gauge", "histogram", "summary", "untyped"};

bool matches(const std::string& text, const char* pattern) {
  return std::regex_match(text, std::regex{pattern});
}
bool is_metric_name(const std::string& name) { return matches(name, "[a-zA-Z_:][a-zA-Z0-9_:]*"); }
bool is_label_name(const std::string& name) {
  return matches(name, "[a-zA-Z_][a-zA-Z0-9_]*") && !name.starts_with("__");
}

// As Go's ParseFloat and no locale.
std::optional<double> number(const std::string& text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (!matches(text, "[-+]?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?")) return std::nullopt;
  return std::strtod(text.c_str(), nullptr);
}

class Reader {
 public:
  Exposition read(std::string_view text) {
    if (text.empty() || text.back() != '\n') error("the text does not end with a line break");
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      ++line_;
      read_line(std::string{text.substr(0, end)});
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    for (const auto& [name, family] : result_.families) check(name, family);
    return std::move(result_);
  }

 private:
  void error(const std::string& text) {
    result_.errors.push_back("line " + std::to_string(line_) + ": " + text);
  }

  void read_line(const std::string& line) {
    if (line.empty()) return;
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) return read_comment(line);
    if (line.starts_with("#")) return;
    read_sample(line);
  }

  void read_comment(const std::string& line) {
    const std::string rest = line.substr(7);
    const std::size_t space = rest.find(' ');
    const std::string name = rest.substr(0, space);
    const std::string text = space == std::string::npos ? "" : rest.substr(space + 1);
    if (!is_metric_name(name)) return error("'" + name + "' is no name of a metric");
    begin(name);
    Exposition::Family& family = result_.families[name];
    if (!family.samples.empty()) error("HELP and TYPE stand before the samples of " + name);
    std::string& member = line.starts_with("# HELP ") ? family.help : family.type;
    if (!member.empty()) error("told twice of " + name);
    if (text.empty()) error("nothing is told of " + name);
    member = text;
    if (line.starts_with("# TYPE ") && !kTypes.contains(text)) error("no type: " + text);
  }

  // All lines of a family stand together.
  void begin(const std::string& name) {
    if (name == current_) return;
    if (!begun_.insert(name).second) error(name + " is interrupted by another family");
    current_ = name;
  }

  void read_sample(const std::string& line) {
    Exposition::Sample sample;
    const std::size_t end = line.find_first_of("{ ");
    if (end == std::string::npos) return error("no value: " + line);
    sample.name = line.substr(0, end);
    if (!is_metric_name(sample.name)) return error("'" + sample.name + "' is no name of a metric");
    std::size_t at = end;
    if (line[at] == '{' && !read_labels(line, at, sample)) return;
    if (at >= line.size() || line[at] != ' ') return error("no space before the value: " + line);
    const std::string value = line.substr(at + 1);
    const auto read = number(value);
    if (!read) return error("no number: '" + value + "'");
    sample.value = *read;
    add(std::move(sample));
  }

  bool read_labels(const std::string& line, std::size_t& at, Exposition::Sample& sample) {
    const auto fail = [&](const char* what) {
      error(std::string{what} + ": " + line);
      return false;
    };
    ++at;
    while (at < line.size() && line[at] != '}') {
      const std::size_t equals = line.find('=', at);
      if (equals == std::string::npos || equals + 1 >= line.size() || line[equals + 1] != '"')
        return fail("no label");
      const std::string name = line.substr(at, equals - at);
      if (!is_label_name(name)) return fail("no name of a label");
      std::string value;
      for (at = equals + 2; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] != '\\') {
          value += line[at];
          continue;
        }
        ++at;
        if (at >= line.size()) return fail("an escape without an end");
        if (line[at] == 'n')
          value += '\n';
        else if (line[at] == '\\' || line[at] == '"')
          value += line[at];
        else
          return fail("an unknown escape");
      }
      if (at >= line.size()) return fail("a label without an end");
      ++at;
      if (!sample.labels.emplace(name, value).second) return fail("a label told twice");
      if (at < line.size() && line[at] == ',')
        ++at;
      else if (at < line.size() && line[at] != '}')
        return fail("no comma between labels");
    }
    if (at >= line.size()) return fail("labels without an end");
    ++at;
    return true;
  }

  std::string family_of(const std::string& name) const {
    for (const char* suffix : {"_bucket", "_sum", "_count"}) {
      if (!name.ends_with(suffix)) continue;
      const std::string base = name.substr(0, name.size() - std::string_view{suffix}.size());
      const auto it = result_.families.find(base);
      if (it != result_.families.end() && it->second.type == "histogram") return base;
    }
    return name;
  }

  void add(Exposition::Sample sample) {
    const std::string name = family_of(sample.name);
    begin(name);
    Exposition::Family& family = result_.families[name];
    if (family.type.empty()) error("no TYPE before " + sample.name);
    if (family.type == "histogram" && name == sample.name) error("a histogram has no such sample");
    for (const auto& other : family.samples) {
      if (other.name == sample.name && other.labels == sample.labels)
        error("the same sample twice: " + sample.name);
    }
    if (family.type == "counter" && !(sample.value >= 0)) error("a counter below zero");
    family.samples.push_back(std::move(sample));
  }

  void check(const std::string& name, const Exposition::Family& family) {
    if (family.samples.empty()) error(name + " has no sample");
    if (family.help.empty()) error(name + " has no HELP");
    if ((family.type == "counter") != name.ends_with("_total"))
      error(name + ": counters, and nothing else, end in _total");
    if (family.type == "histogram") check_histogram(name, family);
  }

  void check_histogram(const std::string& name, const Exposition::Family& family) {
    struct One {
      std::map<double, double> buckets;
      std::optional<double> sum, count;
    };
    std::map<std::map<std::string, std::string>, One> all;
    for (const auto& sample : family.samples) {
      auto labels = sample.labels;
      const auto le = labels.find("le");
      if (sample.name == name + "_bucket") {
        const auto bound = le == labels.end() ? std::nullopt : number(le->second);
        if (!bound) {
          error(name + ": a bucket without a bound");
          continue;
        }
        labels.erase(le);
        all[labels].buckets[*bound] = sample.value;
      } else if (sample.name == name + "_sum") {
        all[labels].sum = sample.value;
      } else {
        all[labels].count = sample.value;
      }
    }
    for (const auto& [labels, one] : all) {
      if (!one.sum || !one.count || one.buckets.empty() ||
          !std::isinf(one.buckets.rbegin()->first)) {
        error(name + ": not all of a histogram is there");
        continue;
      }
      double before = 0;
      for (const auto& [bound, count] : one.buckets) {
        if (count < before) error(name + ": a bucket has less than the one before");
        before = count;
      }
      if (before != *one.count) error(name + ": the last bucket is not the count");
    }
  }

  Exposition result_;
  std::size_t line_ = 0;
  std::string current_;
  std::set<std::string> begun_;
};

}  // namespace

double Exposition::value(const std::string& name,
                         const std::map<std::string, std::string>& labels) const {
  for (const auto& [family_name, family] : families) {
    for (const Sample& sample : family.samples) {
      if (sample.name == name && sample.labels == labels) return sample.value;
    }
  }
  return std::numeric_limits<double>::quiet_NaN();
}

Exposition read_exposition(std::string_view text) { return Reader{}.read(text); }

}  // namespace jackfield::test
