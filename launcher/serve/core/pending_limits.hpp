// How many connections that are no calls yet there may be, in all and from one address. Pure. Not
// for several threads.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace jackfield {

enum class Admission { kAdmitted, kTooMany, kTooManyFromAddress };

class PendingLimits {
 public:
  // A place; given back when it is destroyed, before or after the limits are.
  class Place;

  PendingLimits(std::size_t total, std::size_t per_address);
  ~PendingLimits();

  // Takes a place for a connection from `address`; "" counts among all only. nullptr when
  // `admission` is not kAdmitted.
  std::shared_ptr<Place> admit(const std::string& address, Admission& admission);
  // Who is behind a place became known: it counts for `address` from now on. False when there are
  // too many from there; the place is kept, without an address.
  bool assign(Place& place, const std::string& address);

  std::size_t total() const;
  std::size_t from(const std::string& address) const;

 private:
  struct Counts;
  std::shared_ptr<Counts> counts_;
};

}  // namespace jackfield
