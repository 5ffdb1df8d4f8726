"""Messages: sent, waited for, answered; over RabbitMQ, Redis, Kafka, or inside of this process."""
