#include "CDemoData.h"

// #embed is of C23; this compiler takes it in earlier dialects too and only remarks on it.
#pragma clang diagnostic ignored "-Wc23-extensions"

// A new file needs its bytes here and its line in the table below; a test compares the table with the folders.

static const unsigned char farmers_farmer_insurance_offers_csv[] = {
#embed "../../fixtures/farmers/farmer-insurance-offers.csv"
};
static const unsigned char farmers_history_yaml[] = {
#embed "../../fixtures/farmers/history.yaml"
};
static const unsigned char farmers_strategies_default_option_yaml[] = {
#embed "../../fixtures/farmers/strategies/default-option.yaml"
};
static const unsigned char farmers_strategies_explain_where_needed_yaml[] = {
#embed "../../fixtures/farmers/strategies/explain-where-needed.yaml"
};
static const unsigned char farmers_strategies_intensive_session_yaml[] = {
#embed "../../fixtures/farmers/strategies/intensive-session.yaml"
};
static const unsigned char farmers_strategies_no_default_yaml[] = {
#embed "../../fixtures/farmers/strategies/no-default.yaml"
};
static const unsigned char farmers_strategies_simple_session_yaml[] = {
#embed "../../fixtures/farmers/strategies/simple-session.yaml"
};
static const unsigned char churn_mlc_churn_csv_gz[] = {
#embed "../../fixtures/churn/mlc-churn.csv.gz"
};
static const unsigned char open_bandit_open_bandit_men_bts_csv_gz[] = {
#embed "../../fixtures/open-bandit/open-bandit-men-bts.csv.gz"
};
static const unsigned char open_bandit_open_bandit_men_random_csv_gz[] = {
#embed "../../fixtures/open-bandit/open-bandit-men-random.csv.gz"
};
static const unsigned char open_bandit_history_yaml[] = {
#embed "../../fixtures/open-bandit/history.yaml"
};
static const unsigned char open_bandit_history_random_yaml[] = {
#embed "../../fixtures/open-bandit/history-random.yaml"
};
static const unsigned char open_bandit_strategies_thompson_shares_yaml[] = {
#embed "../../fixtures/open-bandit/strategies/thompson-shares.yaml"
};
static const unsigned char open_bandit_strategies_uniform_yaml[] = {
#embed "../../fixtures/open-bandit/strategies/uniform.yaml"
};
static const unsigned char seller_history_yaml[] = {
#embed "../../fixtures/seller/history.yaml"
};
static const unsigned char seller_strategies_current_rules_yaml[] = {
#embed "../../fixtures/seller/strategies/current-rules.yaml"
};
static const unsigned char seller_strategies_demo_first_yaml[] = {
#embed "../../fixtures/seller/strategies/demo-first.yaml"
};
static const unsigned char seller_strategies_discount_everyone_yaml[] = {
#embed "../../fixtures/seller/strategies/discount-everyone.yaml"
};
static const unsigned char seller_strategies_targeted_yaml[] = {
#embed "../../fixtures/seller/strategies/targeted.yaml"
};
static const unsigned char models_churn_yaml[] = {
#embed "../../models/churn.yaml"
};
static const unsigned char models_lead_logistic_yaml[] = {
#embed "../../models/lead-logistic.yaml"
};
static const unsigned char models_lead_yaml[] = {
#embed "../../models/lead.yaml"
};
static const unsigned char models_phrases_yaml[] = {
#embed "../../models/phrases.yaml"
};

#define FILE_ENTRY(path, bytes) { path, bytes, sizeof(bytes) }

static const demo_file files[] = {
    FILE_ENTRY("fixtures/farmers/farmer-insurance-offers.csv", farmers_farmer_insurance_offers_csv),
    FILE_ENTRY("fixtures/farmers/history.yaml", farmers_history_yaml),
    FILE_ENTRY("fixtures/farmers/strategies/default-option.yaml", farmers_strategies_default_option_yaml),
    FILE_ENTRY("fixtures/farmers/strategies/explain-where-needed.yaml", farmers_strategies_explain_where_needed_yaml),
    FILE_ENTRY("fixtures/farmers/strategies/intensive-session.yaml", farmers_strategies_intensive_session_yaml),
    FILE_ENTRY("fixtures/farmers/strategies/no-default.yaml", farmers_strategies_no_default_yaml),
    FILE_ENTRY("fixtures/farmers/strategies/simple-session.yaml", farmers_strategies_simple_session_yaml),
    FILE_ENTRY("fixtures/churn/mlc-churn.csv.gz", churn_mlc_churn_csv_gz),
    FILE_ENTRY("fixtures/open-bandit/open-bandit-men-bts.csv.gz", open_bandit_open_bandit_men_bts_csv_gz),
    FILE_ENTRY("fixtures/open-bandit/open-bandit-men-random.csv.gz", open_bandit_open_bandit_men_random_csv_gz),
    FILE_ENTRY("fixtures/open-bandit/history.yaml", open_bandit_history_yaml),
    FILE_ENTRY("fixtures/open-bandit/history-random.yaml", open_bandit_history_random_yaml),
    FILE_ENTRY("fixtures/open-bandit/strategies/thompson-shares.yaml", open_bandit_strategies_thompson_shares_yaml),
    FILE_ENTRY("fixtures/open-bandit/strategies/uniform.yaml", open_bandit_strategies_uniform_yaml),
    FILE_ENTRY("fixtures/seller/history.yaml", seller_history_yaml),
    FILE_ENTRY("fixtures/seller/strategies/current-rules.yaml", seller_strategies_current_rules_yaml),
    FILE_ENTRY("fixtures/seller/strategies/demo-first.yaml", seller_strategies_demo_first_yaml),
    FILE_ENTRY("fixtures/seller/strategies/discount-everyone.yaml", seller_strategies_discount_everyone_yaml),
    FILE_ENTRY("fixtures/seller/strategies/targeted.yaml", seller_strategies_targeted_yaml),
    FILE_ENTRY("models/churn.yaml", models_churn_yaml),
    FILE_ENTRY("models/lead-logistic.yaml", models_lead_logistic_yaml),
    FILE_ENTRY("models/lead.yaml", models_lead_yaml),
    FILE_ENTRY("models/phrases.yaml", models_phrases_yaml),
};

size_t demo_file_count(void) { return sizeof(files) / sizeof(files[0]); }

demo_file demo_file_at(size_t index) { return files[index]; }
