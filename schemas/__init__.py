"""The contracts of Aurora: what each Kafka topic holds, and how it is encoded."""
