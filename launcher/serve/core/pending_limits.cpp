#include "serve/core/pending_limits.hpp"

namespace jackfield {

struct PendingLimits::Counts {
  std::size_t max_total;
  std::size_t max_per_address;
  std::size_t total = 0;
  std::map<std::string, std::size_t> by_address;  // none is 0

  bool has_room(const std::string& address) const {
    const auto it = by_address.find(address);
    return address.empty() || it == by_address.end() || it->second < max_per_address;
  }
  void add(const std::string& address) {
    if (!address.empty()) ++by_address[address];
  }
  void remove(const std::string& address) {
    const auto it = by_address.find(address);
    if (it != by_address.end() && --it->second == 0) by_address.erase(it);
  }
};

class PendingLimits::Place {
 public:
  Place(std::shared_ptr<Counts> counts, std::string address)
      : counts_(std::move(counts)), address_(std::move(address)) {
    ++counts_->total;
    counts_->add(address_);
  }
  ~Place() {
    --counts_->total;
    counts_->remove(address_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  void move_to(std::string address) {
    counts_->remove(address_);
    address_ = std::move(address);
    counts_->add(address_);
  }

 private:
  std::shared_ptr<Counts> counts_;
  std::string address_;
};

PendingLimits::PendingLimits(std::size_t total, std::size_t per_address)
    : counts_(std::make_shared<Counts>(Counts{total, per_address})) {}
PendingLimits::~PendingLimits() = default;

std::shared_ptr<PendingLimits::Place> PendingLimits::admit(const std::string& address,
                                                           Admission& admission) {
  admission = counts_->total >= counts_->max_total ? Admission::kTooMany
              : !counts_->has_room(address)        ? Admission::kTooManyFromAddress
                                                   : Admission::kAdmitted;
  if (admission != Admission::kAdmitted) return nullptr;
  return std::make_shared<Place>(counts_, address);
}

bool PendingLimits::assign(Place& place, const std::string& address) {
  place.move_to({});
  if (!counts_->has_room(address)) return false;
  place.move_to(address);
  return true;
}

std::size_t PendingLimits::total() const { return counts_->total; }

std::size_t PendingLimits::from(const std::string& address) const {
  const auto it = counts_->by_address.find(address);
  return it == counts_->by_address.end() ? 0 : it->second;
}

}  // namespace jackfield
