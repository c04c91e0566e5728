-- Athena's tables of docs/files.md: put the bucket's name for BUCKET. Partitions are projected: nothing is to be added each day.
-- A query has to name its merchants (merchant = 'mer_…'). A test holds the columns to functions/analytics/rules.py.

CREATE EXTERNAL TABLE kasir_orders (
  `order_id` string,
  `number` string,
  `location_id` string,
  `register_id` string,
  `customer_id` string,
  `status` string,
  `payment_status` string,
  `currency` string,
  `minor_units` bigint,
  `version` bigint,
  `lines` bigint,
  `subtotal` bigint,
  `discount_total` bigint,
  `service_charge_total` bigint,
  `tax_total` bigint,
  `tip` bigint,
  `total` bigint,
  `cash_rounding` bigint,
  `paid` bigint,
  `refunded` bigint,
  `created_at` timestamp,
  `completed_at` timestamp,
  `cancelled_at` timestamp,
  `business_date` date
)
PARTITIONED BY (`merchant` string, `day` date)
STORED AS PARQUET
LOCATION 's3://BUCKET/orders/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.merchant.type' = 'injected',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2020-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://BUCKET/orders/merchant=${merchant}/day=${day}/'
);

CREATE EXTERNAL TABLE kasir_lines (
  `order_id` string,
  `line_id` string,
  `order_status` string,
  `location_id` string,
  `variant_id` string,
  `product_id` string,
  `category_id` string,
  `sku` string,
  `name` string,
  `currency` string,
  `minor_units` bigint,
  `price` bigint,
  `gross` bigint,
  `discount` bigint,
  `service_charge` bigint,
  `net` bigint,
  `tax` bigint,
  `total` bigint,
  `quantity` decimal(18,3),
  `refunded_quantity` decimal(18,3)
)
PARTITIONED BY (`merchant` string, `day` date)
STORED AS PARQUET
LOCATION 's3://BUCKET/lines/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.merchant.type' = 'injected',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2020-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://BUCKET/lines/merchant=${merchant}/day=${day}/'
);

CREATE EXTERNAL TABLE kasir_payments (
  `order_id` string,
  `kind` string,
  `method` string,
  `status` string,
  `location_id` string,
  `register_id` string,
  `actor` string,
  `currency` string,
  `minor_units` bigint,
  `position` bigint,
  `amount` bigint,
  `at` timestamp
)
PARTITIONED BY (`merchant` string, `day` date)
STORED AS PARQUET
LOCATION 's3://BUCKET/payments/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.merchant.type' = 'injected',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2020-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://BUCKET/payments/merchant=${merchant}/day=${day}/'
);

CREATE EXTERNAL TABLE kasir_movements (
  `variant_id` string,
  `location_id` string,
  `cause` string,
  `cause_id` string,
  `reason` string,
  `version` bigint,
  `at` timestamp,
  `quantity` decimal(18,3),
  `on_hand` decimal(18,3),
  `unit_cost` decimal(28,9)
)
PARTITIONED BY (`merchant` string, `day` date)
STORED AS PARQUET
LOCATION 's3://BUCKET/movements/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.merchant.type' = 'injected',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2020-01-01,NOW+1DAYS',
  'storage.location.template' = 's3://BUCKET/movements/merchant=${merchant}/day=${day}/'
);
