// The properties of an element that are members of its struct of settings: each is told once, with
// its GParamSpec and its member, and then can be set and got.
#pragma once

#include <gst/gst.h>

#include <string>
#include <type_traits>
#include <vector>

#include "gstpp.hpp"
#include "param_flags.hpp"

namespace jackfield {

// Filled in class_init, in the order of gst-inspect; read-only from then on, by any thread. The
// settings themselves are under the element's object lock.
template <typename Settings>
class MemberProperties {
 public:
  using Set = void (*)(Settings&, const GValue*);
  using Get = void (*)(const Settings&, GValue*);

  // `first`: the number of the first one; those before are not in this table.
  explicit MemberProperties(GObjectClass* klass, guint first = 1) : klass_(klass), first_(first) {}

  void add(GParamSpec* spec, Set setter, Get getter) {
    entries_.push_back({setter, spec->flags & G_PARAM_READABLE ? getter : nullptr});
    g_object_class_install_property(klass_, last(), spec);
  }
  // `member`: [](auto& settings) -> auto& { return settings.member; }
  template <typename Member>
  void add(GParamSpec* spec, Member) {
    add(
        spec, [](Settings& settings, const GValue* value) { read(value, Member{}(settings)); },
        [](const Settings& settings, GValue* value) { write(value, Member{}(settings)); });
  }
  // What these tell is the element's.
  void add_history() {
    add(g_param_spec_string("history", "History",
                            "What was said and heard in this conversation (JSON)", "[]", kReadOnly),
        nullptr, nullptr);
    history_ = last();
  }
  // The last one.
  void add_stats() {
    add(g_param_spec_boxed("stats", "Statistics",
                           "Figures since the element was made (times in ns)", GST_TYPE_STRUCTURE,
                           kReadOnly),
        nullptr, nullptr);
    stats_ = last();
  }

  // False: there is no such property among the settings.
  bool set(Settings& settings, guint id, const GValue* value) const {
    if (id < first_ || id > last() || !entries_[id - first_].set) return false;
    entries_[id - first_].set(settings, value);
    return true;
  }
  bool get(const Settings& settings, guint id, GValue* value) const {
    if (id < first_ || id > last() || !entries_[id - first_].get) return false;
    entries_[id - first_].get(settings, value);
    return true;
  }
  bool is_history(guint id) const { return id == history_; }
  bool is_stats(guint id) const { return id == stats_; }

 private:
  struct Entry {
    Set set;
    Get get;  // none: it cannot be read
  };

  guint last() const { return first_ - 1 + static_cast<guint>(entries_.size()); }

  static void read(const GValue* value, std::string& to) { to = gstpp::get_string(value); }
  static void read(const GValue* value, bool& to) { to = g_value_get_boolean(value) != FALSE; }
  static void read(const GValue* value, uint64_t& to) { to = g_value_get_uint64(value); }
  static void read(const GValue* value, int& to) { to = g_value_get_int(value); }
  static void read(const GValue* value, guint& to) { to = g_value_get_uint(value); }
  static void read(const GValue* value, double& to) { to = g_value_get_double(value); }
  static void read(const GValue* value, gstpp::StructurePtr& to) {
    to.reset(static_cast<GstStructure*>(g_value_dup_boxed(value)));
  }
  template <typename T>
  requires std::is_enum_v<T>
  static void read(const GValue* value, T& to) { to = static_cast<T>(g_value_get_enum(value)); }

  static void write(GValue* value, const std::string& from) {
    g_value_set_string(value, from.c_str());
  }
  static void write(GValue* value, const int& from) { g_value_set_int(value, from); }
  static void write(GValue* value, const guint& from) { g_value_set_uint(value, from); }
  static void write(GValue* value, const bool& from) { g_value_set_boolean(value, from); }
  static void write(GValue* value, const uint64_t& from) { g_value_set_uint64(value, from); }
  static void write(GValue* value, const double& from) { g_value_set_double(value, from); }
  static void write(GValue* value, const gstpp::StructurePtr& from) {
    g_value_set_boxed(value, from.get());
  }
  template <typename T>
  requires std::is_enum_v<T>
  static void write(GValue* value, const T& from) {
    g_value_set_enum(value, static_cast<gint>(from));
  }

  GObjectClass* klass_;
  const guint first_;
  std::vector<Entry> entries_;
  guint history_ = 0;
  guint stats_ = 0;
};

}  // namespace jackfield
